import type { RunContext } from '../execution/run-context.js';

/**
 * The run, with the payload that pipes made of its own.
 *
 * Delegates member by member instead of inheriting from the run, whose class may have private fields; what is computed
 * on demand stays so.
 */
export function withPayload<Payload>(run: RunContext, payload: Payload): RunContext<Payload> {
  return {
    runId: run.runId,
    worker: run.worker,
    attempt: run.attempt,
    payload,
    scheduledAt: run.scheduledAt,
    missedCount: run.missedCount,
    lastSuccessAt: run.lastSuccessAt,
    fencingToken: run.fencingToken,
    get signal() {
      return run.signal;
    },
    get logger() {
      return run.logger;
    },
    progress: (fraction, message) => {
      run.progress(fraction, message);
    },
    extendTimeout: (duration) => {
      run.extendTimeout(duration);
    },
  };
}
