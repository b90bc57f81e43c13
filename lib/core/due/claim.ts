import type { CronPattern } from '../schedule/cron-pattern.js';
import type { ClaimedStretch, Run, SchedulerState, WorkerState } from '../state/scheduler-state.js';

/** Older ones matter only where the clock is set back very far. */
const MOST_STRETCHES = 16;

/** The due instants that the run stands for are spent, also for whoever comes after a restart. */
export function claimInstants(state: SchedulerState, run: Run): void {
  if (run.lastInstant === undefined) return;
  const { schedule } = run.worker.definition;
  if (schedule.kind === 'cron') extendStretch(run.worker, schedule.cron, run.scheduledAt);
  claimThrough(state, run.worker, run.lastInstant);
}

/** Every due instant up to this one is spent. */
export function claimThrough(state: SchedulerState, worker: WorkerState, instant: number): void {
  state.changed?.add(worker);
  const { schedule } = worker.definition;
  if (schedule.kind === 'cron') {
    extendStretch(worker, schedule.cron, instant);
    // The clock may have been set back.
    worker.claimedThroughInstant = instant;
  } else {
    worker.claimedThroughInstant = Math.max(worker.claimedThroughInstant ?? instant, instant);
  }
}

/** The first instant from this one on that is not spent already. */
export function skipClaimed(
  worker: WorkerState,
  cron: CronPattern,
  from: number,
): number | undefined {
  let instant: number | undefined = from;
  for (
    let stretch = stretchAt(worker, instant);
    stretch !== undefined && instant !== undefined;
    stretch = instant === undefined ? undefined : stretchAt(worker, instant)
  ) {
    instant = cron.next(stretch.through);
  }
  return instant;
}

/** Until when, from this instant on, none is spent already: one that is ends the stretch that may run. */
export function unspentThrough(worker: WorkerState, from: number): number {
  if (worker.definition.schedule.kind !== 'cron') return Infinity;
  let through = Infinity;
  for (const spent of worker.claimedStretches) {
    if (spent.from > from) through = Math.min(through, spent.from - 1);
  }
  return through;
}

/** What a jump of the clock passed over stays open: the clock may come back to it. */
function extendStretch(worker: WorkerState, cron: CronPattern, instant: number): void {
  if (stretchAt(worker, instant) !== undefined) return;
  const latest = worker.claimedStretches.at(-1);
  if (latest !== undefined && cron.next(latest.through) === instant) {
    latest.through = instant;
    return;
  }
  worker.claimedStretches.push({ from: instant, through: instant });
  if (worker.claimedStretches.length > MOST_STRETCHES) worker.claimedStretches.shift();
}

function stretchAt(worker: WorkerState, instant: number): ClaimedStretch | undefined {
  return worker.claimedStretches.find(({ from, through }) => from <= instant && instant <= through);
}
