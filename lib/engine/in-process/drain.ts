import { RunCancelledError } from '../../core/errors.js';
import type { Alarms } from '../../execution/alarms.js';
import type { RunningAttempt } from '../../execution/attempt-spec.js';
import type { DrainedRun, DrainReport } from '../drain-report.js';
import type { EngineHost } from '../engine.js';
import type { AttemptHouse } from './attempt-house.js';

/** What comes after the last grace is over must not take longer, whatever hangs. */
const LAST_RESORT_MS = 1_000;
export const STOPPING = 'the orchestrator is stopping';

/** What the engine does in it. */
interface DrainSteps {
  /** What was ordered begins now; what is being ordered in this turn, after it. */
  readonly flush: () => Promise<void> | void;
  /** Nothing starts from now on. @returns how many waiting runs were cancelled */
  readonly begin: () => number;
  readonly finish: () => Promise<void>;
  /** Nothing is waited for any longer, whether `finish` has ended or not. */
  readonly leave?: () => void;
}

/** One shutdown: lets runs end, then aborts them, then gives them up. Always ends. */
export class Drain {
  private readonly callers = new Set<string>();
  private readonly ended = new Map<RunningAttempt, 'finished' | 'aborted'>();
  private checkIdle: () => void = () => undefined;
  private running: Promise<DrainReport> | undefined;
  isGoingOn = true;

  constructor(
    private readonly house: AttemptHouse,
    private readonly alarms: Alarms,
    private readonly host: EngineHost,
    private readonly steps: DrainSteps,
  ) {}

  /** @param callerRunId a run that waits for this report, and so must not be waited for */
  report(callerRunId: string | undefined): Promise<DrainReport> {
    if (callerRunId !== undefined) this.callers.add(callerRunId);
    if (this.running === undefined) {
      let resolve: (report: DrainReport) => void = () => undefined;
      this.running = new Promise<DrainReport>((settle) => {
        resolve = settle;
      });
      // It tells listeners, who may ask for this report.
      void this.run().then((report) => {
        this.isGoingOn = false;
        resolve(report);
      });
    }
    this.checkIdle();
    return this.running;
  }

  private async run(): Promise<DrainReport> {
    const startedAt = this.host.clock.now();
    const flushed = this.steps.flush();
    if (flushed !== undefined) await flushed;
    const found = this.house.all();
    this.house.onLeft = (attempt, how) => {
      if (how !== 'abandoned') this.ended.set(attempt, how === 'ended' ? 'finished' : 'aborted');
      this.checkIdle();
    };
    const cancelled = this.steps.begin();

    await this.idle(this.host.settings.shutdownTimeoutMs);
    const late = this.waitedFor();
    for (const { runId, number, worker } of late) {
      this.house.abort(runId, number, new RunCancelledError(worker, runId, STOPPING), STOPPING);
    }
    await this.idle(Math.max(0, ...late.map(({ abortGraceMs }) => abortGraceMs)) + LAST_RESORT_MS);

    this.house.onLeft = undefined;
    await this.within(this.steps.finish(), LAST_RESORT_MS);
    this.steps.leave?.();
    return { ...this.sort(found), cancelled, durationMs: this.host.clock.now() - startedAt };
  }

  private waitedFor(): RunningAttempt[] {
    return this.house.all().filter(({ runId }) => !this.callers.has(runId));
  }

  private idle(mostMs: number): Promise<void> {
    const idle = new Promise<void>((resolve) => {
      this.checkIdle = () => {
        if (this.waitedFor().length === 0) resolve();
      };
      this.checkIdle();
    });
    return this.within(idle, mostMs);
  }

  private within(work: Promise<void>, mostMs: number): Promise<void> {
    return new Promise((resolve) => {
      const alarm = this.alarms.set(this.host.clock.now() + mostMs, resolve);
      void work.finally(() => {
        this.alarms.clear(alarm);
        resolve();
      });
    });
  }

  private sort(
    found: readonly RunningAttempt[],
  ): Pick<DrainReport, 'finished' | 'aborted' | 'abandoned'> {
    const sorted: Record<'finished' | 'aborted' | 'abandoned', DrainedRun[]> = {
      finished: [],
      aborted: [],
      abandoned: [],
    };
    for (const attempt of found) {
      const { runId, worker } = attempt;
      if (this.callers.has(runId)) continue;
      sorted[this.ended.get(attempt) ?? 'abandoned'].push({ id: runId, worker });
    }
    return sorted;
  }
}
