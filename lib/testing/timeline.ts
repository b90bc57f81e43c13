import { isEnding } from '../core/event.js';
import type { OrchestratorEvent, RunEvent } from '../index.js';
import type { VirtualClock } from './virtual-clock.js';

/** One attempt as the events tell it. Positions are places in the sequence of all events. */
export interface RecordedAttempt {
  readonly worker: string;
  readonly runId: string;
  readonly number: number;
  readonly beganAt: number;
  readonly began: number;
  /** Infinite while it goes on. */
  ended: number;
}

const UNTOLD: ReadonlySet<string> = new Set<OrchestratorEvent['type']>([
  'run.progress',
  'worker.registered',
]);
const MOST_LINES = 60;

/** Everything that has happened, in its order. */
export class Timeline {
  attempts: RecordedAttempt[] = [];
  private readonly open = new Map<string, RecordedAttempt>();
  private lines: { readonly at: number; readonly text: string }[] = [];
  private position = 0;

  constructor(private readonly clock: VirtualClock) {}

  /** Whether any attempt goes on. */
  get isAtWork(): boolean {
    return this.open.size > 0;
  }

  record(event: OrchestratorEvent): void {
    this.position++;
    const at = this.clock.now();
    if (!UNTOLD.has(event.type)) this.lines.push({ at, text: describe(event) });
    if (event.type === 'run.started') {
      const { worker, runId, attempt: number } = event;
      const attempt = { worker, runId, number, beganAt: at, began: this.position, ended: Infinity };
      this.attempts.push(attempt);
      this.open.set(runId, attempt);
    } else if ((event.type === 'run.retrying' || isEnding(event)) && !('isStandIn' in event)) {
      this.end(event as RunEvent);
    }
  }

  /** The past is forgotten; what runs goes on. */
  clear(): void {
    this.attempts = [...this.open.values()];
    this.lines = [];
  }

  /** The worker's runs by their first attempts, each with the end of its last. */
  runsOf(
    worker: string,
  ): { readonly beganAt: number; readonly began: number; readonly ended: number }[] {
    const runs = new Map<string, RecordedAttempt>();
    for (const attempt of this.attempts) {
      if (attempt.worker !== worker) continue;
      const { ended } = attempt;
      runs.set(attempt.runId, { ...(runs.get(attempt.runId) ?? attempt), ended });
    }
    return [...runs.values()];
  }

  since(instant: number): string {
    return `+${elapsed(instant - this.clock.startedAt.getTime())}`;
  }

  toString(): string {
    const { startedAt, seed } = this.clock;
    const heading =
      `Timeline, now ${this.since(this.clock.now())} after ${startedAt.toISOString()}` +
      (seed === undefined ? '' : `, seed ${String(seed)}`);
    const shown = this.lines.slice(-MOST_LINES);
    const left = this.lines.length - shown.length;
    const instants = shown.map(({ at }) => this.since(at));
    const width = Math.max(0, ...instants.map(({ length }) => length));
    return [
      `${heading}:`,
      ...(left > 0 ? [`  (${String(left)} earlier events)`] : []),
      ...shown.map(({ text }, index) => `  ${(instants[index] ?? '').padStart(width)}  ${text}`),
      ...(this.lines.length === 0 ? ['  (nothing happened)'] : []),
    ].join('\n');
  }

  private end({ runId }: RunEvent): void {
    const attempt = this.open.get(runId);
    if (attempt === undefined) return;
    attempt.ended = this.position;
    this.open.delete(runId);
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
