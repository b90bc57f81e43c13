import type { Run, SchedulerState } from '../state/scheduler-state.js';
import { endRun } from './end-run.js';
import { keepLingering } from './release-attempt.js';

/** Ends the run now; a running attempt is told to abort, and keeps its place until it settles or is abandoned. */
export function cancelRun(state: SchedulerState, run: Run, why: string): void {
  const attempt = run.current;
  if (attempt !== undefined) {
    keepLingering(state, attempt);
    state.effects.push({
      type: 'abort-attempt',
      runId: run.id,
      number: attempt.number,
      worker: run.worker.definition.name,
      why,
    });
  }
  endRun(state, run, { status: 'cancelled', why });
}
