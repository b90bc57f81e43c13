import { isEnding } from '../core/event.js';
import type { OrchestratorEvent, RunEvent } from '../index.js';
import type { VirtualClock } from './virtual-clock.js';

/** A run or one of its attempts, as the events tell it. Positions are places in the sequence of all events. */
export interface Recorded {
  readonly worker: string;
  readonly runId: string;
  /** In steady time. */
  readonly beganAt: number;
  /** As the wall clock showed it. */
  readonly beganAtWall: number;
  readonly began: number;
  /** Infinite while it goes on. */
  ended: number;
}

const UNTOLD: ReadonlySet<string> = new Set<OrchestratorEvent['type']>([
  'run.progress',
  'worker.registered',
]);
const MOST_LINES = 60;
/** Of one worker at one instant, to which even a thousand triggers and all misfires do not come. */
const MOST_RUNS_AT_ONCE = 5_000;

/** Everything that has happened, in its order. */
export class Timeline {
  attempts: Recorded[] = [];
  private runs: Recorded[] = [];
  private readonly openAttempts = new Map<string, Recorded>();
  private readonly openRuns = new Map<string, Recorded>();
  private lines: { readonly at: number; readonly text: string }[] = [];
  private leftOut = 0;
  private position = 0;
  private atOneInstant = { at: NaN, runs: new Map<string, number>() };

  constructor(private readonly clock: VirtualClock) {}

  /** The attempts that go on. */
  get open(): readonly Recorded[] {
    return [...this.openAttempts.values()];
  }

  /** Whether an attempt of the run goes on. */
  isRunning(runId: string): boolean {
    return this.openAttempts.has(runId);
  }

  record(event: OrchestratorEvent): void {
    this.position++;
    if (!UNTOLD.has(event.type)) this.tell(event);
    if (event.type === 'run.started') this.begin(event);
    else if (event.type === 'run.retrying') this.end(this.openAttempts, event.runId);
    else if (isEnding(event) && event.runId !== undefined && !('isStandIn' in event)) {
      this.end(this.openAttempts, event.runId);
      this.end(this.openRuns, event.runId);
    }
  }

  /** The past is forgotten, with the runs that began in it; an attempt that goes on may still meet others. */
  clear(): void {
    this.attempts = [...this.openAttempts.values()];
    this.runs = [];
    this.openRuns.clear();
    this.lines = [];
    this.leftOut = 0;
  }

  runsOf(worker: string): readonly Recorded[] {
    return this.runs.filter((run) => run.worker === worker);
  }

  /** Who begins again and again at this instant, where anybody does. */
  get restless(): string | undefined {
    const { at, runs } = this.atOneInstant;
    if (at !== this.clock.now()) return undefined;
    return [...runs].find(([, count]) => count > MOST_RUNS_AT_ONCE)?.[0];
  }

  since(instant: number): string {
    const durationMs = instant - this.clock.startedAt.getTime();
    return `${durationMs < 0 ? '-' : '+'}${elapsed(Math.abs(durationMs))}`;
  }

  /** When it began; on the wall clock too, where that was set. */
  instantOf({ beganAt, beganAtWall }: Recorded): string {
    const since = this.since(beganAt);
    return beganAt === beganAtWall ? since : `${since}, ${new Date(beganAtWall).toISOString()}`;
  }

  toString(): string {
    const { startedAt, seed } = this.clock;
    const heading =
      `Timeline, now ${this.since(this.clock.now())} after ${startedAt.toISOString()}` +
      (seed === undefined ? '' : `, seed ${String(seed)}`);
    const instants = this.lines.map(({ at }) => this.since(at));
    const width = Math.max(0, ...instants.map(({ length }) => length));
    return [
      `${heading}:`,
      ...(this.leftOut > 0 ? [`  (${String(this.leftOut)} earlier events)`] : []),
      ...this.lines.map(
        ({ text }, index) => `  ${(instants[index] ?? '').padStart(width)}  ${text}`,
      ),
      ...(this.lines.length === 0 ? ['  (nothing happened)'] : []),
    ].join('\n');
  }

  private begin({ worker, runId, attempt }: RunEvent & { readonly type: 'run.started' }): void {
    const began = {
      worker,
      runId,
      beganAt: this.clock.now(),
      beganAtWall: this.clock.now() + this.clock.wallOffset(),
      began: this.position,
      ended: Infinity,
    };
    this.attempts.push(began);
    this.openAttempts.set(runId, began);
    if (attempt > 1) return;
    this.count(worker);
    const run = { ...began };
    this.runs.push(run);
    this.openRuns.set(runId, run);
  }

  private count(worker: string): void {
    const at = this.clock.now();
    if (at !== this.atOneInstant.at) this.atOneInstant = { at, runs: new Map() };
    const { runs } = this.atOneInstant;
    runs.set(worker, (runs.get(worker) ?? 0) + 1);
  }

  private end(open: Map<string, Recorded>, runId: string): void {
    const recorded = open.get(runId);
    if (recorded === undefined) return;
    recorded.ended = this.position;
    open.delete(runId);
  }

  private tell(event: OrchestratorEvent): void {
    this.lines.push({ at: this.clock.now(), text: describe(event) });
    if (this.lines.length <= MOST_LINES) return;
    this.lines.shift();
    this.leftOut++;
  }
}

function describe(event: OrchestratorEvent): string {
  const what = event.type.slice(event.type.indexOf('.') + 1);
  const subject = 'worker' in event ? event.worker : 'the orchestrator';
  return `${subject} ${what}${detail(event)}`;
}

function detail(event: OrchestratorEvent): string {
  switch (event.type) {
    case 'run.waiting':
      return `: ${event.reason}${event.heldBy === undefined ? '' : ` by ${event.heldBy}`}`;
    case 'run.started':
      return event.attempt === 1 ? '' : ` (attempt ${String(event.attempt)})`;
    case 'run.retrying':
      return ` in ${elapsed(event.delayMs)}: ${event.failure?.message ?? event.outcome}`;
    case 'run.failed':
    case 'run.timed-out':
    case 'run.lost':
      return event.failure === undefined ? '' : `: ${event.failure.message}`;
    case 'run.cancelled':
      return `: ${event.why}`;
    case 'run.skipped':
    case 'worker.overdue':
    case 'worker.disabled':
      return `: ${event.reason}`;
    default:
      return '';
  }
}

/** `1h 2m 3s 4ms`, without what is zero. */
export function elapsed(durationMs: number): string {
  const parts = [
    [Math.floor(durationMs / 3_600_000), 'h'],
    [Math.floor(durationMs / 60_000) % 60, 'm'],
    [Math.floor(durationMs / 1_000) % 60, 's'],
    [durationMs % 1_000, 'ms'],
  ] as const;
  const told = parts
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${String(count)}${unit}`);
  return told.length === 0 ? '0s' : told.join(' ');
}
