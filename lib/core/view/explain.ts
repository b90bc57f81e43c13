import { allHolds, orchestratorHold } from '../admission/gates.js';
import { wallDate } from '../state/emit.js';
import type { SkipReason } from '../reason-code.js';
import type { Hold } from '../state/hold.js';
import type {
  Run,
  SchedulerState,
  SkippedInstants,
  WorkerState,
} from '../state/scheduler-state.js';
import { viewRun, type RunView, type RunWait } from './run-view.js';
import {
  decidedAt,
  firstWaiting,
  heldSince,
  nextDue,
  statusOf,
  type WorkerStatus,
} from './worker-view.js';

/** Why a worker does not run now, and why it ran or did not run before. @publicApi */
export interface Explanation {
  readonly worker: string;
  readonly state: WorkerStatus;
  /** One sentence for people. */
  readonly summary: string;
  /** Everything that holds it back, in the order of the gates. */
  readonly reasons: readonly Omit<RunWait, 'until'>[];
  /** The one that decides now. */
  readonly binding?: Omit<RunWait, 'until'>;
  /** The waiting run that this is about, where there is one. */
  readonly run?: RunView;
  /** It cannot start before; absent where it depends on a decision or on others. */
  readonly earliestStartAt?: Date;
  /** Ended runs with what held them back, newest first. */
  readonly past: readonly RunView[];
  /** Due instants that started nothing, newest first. */
  readonly skipped: readonly SkipView[];
}

/** Due instants that started nothing, and why. @publicApi */
export interface SkipView {
  readonly at: Date;
  /** The first of the due instants. */
  readonly scheduledAt: Date;
  /** How many due instants. */
  readonly count: number;
  readonly reason: SkipReason;
  readonly why?: string;
}

export function explain(state: SchedulerState, worker: WorkerState): Explanation {
  const run = firstWaiting(state, worker);
  const holds = run === undefined ? holdsWithoutRun(state, worker) : allHolds(state, run);
  const reasons = holds.map((hold) => describe(state, worker, run, hold));
  const [binding] = reasons;
  const earliestStartAt = earliestStart(state, worker, holds);
  return {
    worker: worker.definition.name,
    state: statusOf(worker),
    summary: summarise(worker, run, binding, earliestStartAt),
    reasons,
    ...(binding !== undefined && { binding }),
    ...(run !== undefined && { run: viewRun(state, run) }),
    ...(earliestStartAt !== undefined && { earliestStartAt }),
    past: pastRuns(worker).map((ended) => viewRun(state, ended)),
    skipped: [...worker.skips].reverse().map((skip) => viewSkip(state, skip)),
  };
}

function viewSkip(
  state: SchedulerState,
  { at, scheduledAt, count, reason, why }: SkippedInstants,
): SkipView {
  return {
    at: wallDate(state, at),
    scheduledAt: new Date(scheduledAt),
    count,
    reason,
    ...(why !== undefined && { why }),
  };
}

/** The worker's ended runs, newest first. */
export function pastRuns({ history, historyCursor }: WorkerState): Run[] {
  return [...history.slice(historyCursor), ...history.slice(0, historyCursor)].reverse();
}

/** Nothing is due; what would hold it back all the same. */
function holdsWithoutRun(state: SchedulerState, worker: WorkerState): Hold[] {
  const holds: Hold[] = [];
  const outer = orchestratorHold(state);
  if (outer !== undefined) holds.push(outer);
  // Half-open: whatever comes next is let through.
  if (worker.disabled !== undefined && worker.recovery?.phase !== 'due') {
    holds.push({
      reason: worker.disabled.by === 'failures' ? 'CIRCUIT_OPEN' : 'DISABLED',
      detail: worker.disabled.reason,
    });
  }
  if (worker.pausedAt !== undefined)
    holds.push({ reason: 'PAUSED', heldBy: worker.definition.name });
  return holds;
}

function describe(
  state: SchedulerState,
  worker: WorkerState,
  run: Run | undefined,
  hold: Hold,
): Omit<RunWait, 'until'> {
  const { reason, heldBy, detail } = hold;
  const disabledAt = worker.disabled?.at;
  const since =
    disabledAt !== undefined && (reason === 'DISABLED' || reason === 'CIRCUIT_OPEN')
      ? new Date(disabledAt)
      : wallDate(
          state,
          run === undefined
            ? (decidedAt(state, worker, hold) ?? state.now)
            : heldSince(state, run, hold),
        );
  return {
    reason,
    ...(heldBy !== undefined && { heldBy }),
    ...(detail !== undefined && { detail }),
    since,
  };
}

function earliestStart(
  state: SchedulerState,
  worker: WorkerState,
  holds: readonly Hold[],
): Date | undefined {
  const coolDown = worker.recovery?.phase === 'cooling-down' ? worker.recovery : undefined;
  if (holds.some(({ reason }) => coolDown === undefined || reason !== 'CIRCUIT_OPEN')) {
    return undefined;
  }
  if (coolDown !== undefined) return wallDate(state, coolDown.probeAt);
  if (worker.pending.size > 0) return undefined;
  const { overlap, concurrency } = worker.definition;
  // While as many back off as may run, what falls due is skipped.
  const isBusy = overlap === 'skip' && worker.backingOff.size >= concurrency;
  const nextRun = isBusy ? undefined : nextDue(state, worker);
  return earlier(earlier(nextRun, firstBackoffOver(state, worker)), delayedUntil(state, worker));
}

function firstBackoffOver(state: SchedulerState, { backingOff }: WorkerState): Date | undefined {
  const ends = [...backingOff].flatMap(({ alarm }) => alarm?.at ?? []);
  return ends.length === 0 ? undefined : wallDate(state, Math.min(...ends));
}

/** When the first of its delayed triggers is due. */
function delayedUntil(state: SchedulerState, worker: WorkerState): Date | undefined {
  if (worker.delayed === 0) return undefined;
  const delayed = [...state.runs.values()].filter(
    (run) => run.worker === worker && run.alarm?.kind === 'delay-over',
  );
  return wallDate(state, Math.min(...delayed.map(({ dueAt }) => dueAt)));
}

function earlier(one: Date | undefined, other: Date | undefined): Date | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return one < other ? one : other;
}

function summarise(
  worker: WorkerState,
  run: Run | undefined,
  binding: Omit<RunWait, 'until'> | undefined,
  earliestStartAt: Date | undefined,
): string {
  const { name } = worker.definition;
  const parts = [`"${name}" is ${statusOf(worker)}`];
  if (binding !== undefined) {
    const by = binding.heldBy === undefined ? '' : ` by "${binding.heldBy}"`;
    const detail = binding.detail === undefined ? '' : ` (${binding.detail})`;
    parts.push(`held back: ${binding.reason}${by}${detail}`);
  } else if (run === undefined && worker.running === 0) {
    parts.push('nothing is due');
  }
  if (earliestStartAt !== undefined) {
    parts.push(`earliest start ${earliestStartAt.toISOString()}`);
  }
  return `${parts.join('; ')}.`;
}
