import type { EngineHost } from '../engine.js';
import type { RunImage, RunPosition } from '../../core/run-image.js';
import type { Scheduler } from '../../core/scheduler.js';
import type { AttemptImage } from '../../core/state/image.js';
import type { AcceptedTriggers } from './accepted-triggers.js';
import type { Attempts } from './attempts.js';
import type { Legacy } from './legacy.js';
import { abortedIn, type OldAttempt } from './old-attempt.js';
import type { TriggerCommand } from './messages.js';

/** Brings what former leaders have left into a scheduler that knows the workers, and has not begun. */
export class Inheritance {
  private readonly workers: ReadonlySet<string>;

  constructor(
    private readonly legacy: Legacy,
    private readonly scheduler: Scheduler,
    private readonly heir: {
      readonly attempts: Pick<Attempts, 'adopt' | 'noteAborted' | 'noteEnded'>;
      readonly accepted: Pick<AcceptedTriggers, 'add' | 'addEnded'>;
    },
    private readonly onTakeOver: EngineHost['onTakeOver'],
  ) {
    this.workers = new Set(scheduler.definitions().map(({ name }) => name));
  }

  takePauses(now: number): void {
    const { paused, everything } = this.legacy;
    for (const worker of paused) if (this.workers.has(worker)) this.scheduler.pause(worker, now);
    if (everything?.isEverythingPaused === true) this.scheduler.pauseAll(now);
  }

  takeRetries(now: number): void {
    for (const run of this.legacy.retries) {
      const position = run.retryAt === undefined ? 'waiting' : 'backing-off';
      if (this.workers.has(run.worker)) this.adopt(run, position, now);
    }
  }

  /** @param withdrawn those that nobody had picked up, and now nobody will */
  takeAttempts(withdrawn: ReadonlySet<OldAttempt>, now: number): void {
    for (const attempt of this.legacy.attempts) {
      const { run, order, traceparent } = attempt.data;
      if (!this.workers.has(run.worker)) continue;
      if (attempt.lingers !== undefined) {
        if (!withdrawn.has(attempt)) this.takeLingering(attempt, attempt.lingers, now);
        continue;
      }
      if (withdrawn.has(attempt)) {
        this.adopt({ ...run, attempts: order.number - 1 }, 'waiting', now, traceparent);
        continue;
      }
      this.adopt(run, 'running', now, traceparent);
      if (attempt.stands === 'finished') {
        this.heir.attempts.noteEnded(order.runId, order.number, attempt.report, now);
        continue;
      }
      this.heir.attempts.adopt(attempt.data);
      const progress = abortedIn(attempt.job);
      if (progress !== undefined)
        this.heir.attempts.noteAborted(order.runId, order.number, progress, now);
    }
  }

  /** @param traceparent of the run, where it was decided about until now */
  private adopt(run: RunImage, position: RunPosition, now: number, traceparent?: string): void {
    this.scheduler.adopt(run, position, now);
    const traceparents = [traceparent, run.traceparent].filter((each) => each !== undefined);
    this.onTakeOver?.({ worker: run.worker, runId: run.id, traceparents });
  }

  private takeLingering({ job, data }: OldAttempt, lingers: AttemptImage, now: number): void {
    this.scheduler.adoptLingering(data.run, lingers, now);
    const progress = abortedIn(job);
    if (progress === undefined) {
      this.heir.attempts.adopt(data, lingers.why ?? 'its run has ended');
      return;
    }
    this.heir.attempts.adopt(data);
    this.heir.attempts.noteAborted(data.order.runId, data.order.number, progress, now);
  }

  /** What happens to them must be known when their jobs come again. What nobody has accepted yet waits for that. */
  takeTriggers(now: number): void {
    const { triggers, answers, retries, attempts } = this.legacy;
    const runs = new RunsByKey();
    for (const run of [...retries, ...attempts.map(({ data }) => data.run)]) {
      if (!this.isLive(run.id)) continue;
      runs.add(run);
      // Whoever has accepted it may have sent no job for it.
      if (run.origin === 'trigger') this.heir.accepted.add(run.id, run.id);
    }
    for (const { id, runId: told, command, wasAccepted } of triggers) {
      // A former leader may have found that it is its own run after all.
      const become = this.isLive(id) ? id : told;
      const answer = answers.get(id);
      if (answer !== undefined && !this.isLive(become)) {
        this.heir.accepted.addEnded(id, answer);
        continue;
      }
      const isKnown = this.scheduler.viewRun(become) !== undefined;
      if (isKnown && become !== id) this.heir.accepted.add(id, become);
      if (isKnown || command === undefined) continue;
      if (!wasAccepted || !this.workers.has(command.worker)) continue;
      const image = this.imageOf(id, command);
      const runId = runs.get(image) ?? id;
      if (runId === id) {
        runs.add(image);
        this.adopt(image, 'waiting', now);
      }
      this.heir.accepted.add(id, runId);
    }
  }

  private isLive(runId: string): boolean {
    const run = this.scheduler.viewRun(runId);
    return run !== undefined && run.endedAt === undefined;
  }

  private imageOf(id: string, { worker, request, at }: TriggerCommand): RunImage {
    const { priority, delayMs = 0, payload, dedupeKey, traceparent } = request;
    return {
      ...{ id, worker, origin: 'trigger', missedCount: 0, attempts: 0 },
      priority: priority ?? this.scheduler.definition(worker).priority,
      scheduledAt: at + delayMs,
      dueAt: at + delayMs,
      ...(payload !== undefined && { payload }),
      ...(dedupeKey !== undefined && { dedupeKey }),
      ...(traceparent !== undefined && { traceparent }),
    };
  }
}

/** Where an equal key stands for a live run already, a trigger has become that one. */
class RunsByKey {
  private readonly runs = new Map<string, string>();

  add(run: RunImage): void {
    const key = keyOf(run);
    if (key !== undefined) this.runs.set(key, run.id);
  }

  get(run: RunImage): string | undefined {
    return this.runs.get(keyOf(run) ?? '');
  }
}

function keyOf({ worker, dedupeKey }: RunImage): string | undefined {
  return dedupeKey && JSON.stringify([worker, dedupeKey]);
}
