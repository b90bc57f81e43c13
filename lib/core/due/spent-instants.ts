import type { SpentStretch, WorkerState } from '../state/scheduler-state.js';

/*
 * A wall clock that is set back comes to the same cron instants again: none is due twice. What a jump of the clock passed
 * over stays open, as the clock may come back to it.
 */

/** Older ones matter only where the clock is set back very far. */
const MOST_STRETCHES = 16;

/** A due instant that is a run's, or was skipped. */
export function spend(worker: WorkerState, instant: number): void {
  const { schedule } = worker.definition;
  if (schedule.kind !== 'cron' || stretchAt(worker, instant) !== undefined) return;
  const stretches = worker.spentStretches;
  const latest = stretches.at(-1);
  if (latest !== undefined && schedule.cron.next(latest.through) === instant) {
    latest.through = instant;
    return;
  }
  const added = [...stretches, { from: instant, through: instant }];
  worker.spentStretches = added.slice(-MOST_STRETCHES);
}

/** Those from this one on are due again, as a shutdown kept their run from starting. */
export function takeBackFrom(worker: WorkerState, instant: number): void {
  const { spentStretches } = worker;
  for (const stretch of spentStretches) stretch.through = Math.min(stretch.through, instant - 1);
  worker.spentStretches = spentStretches.filter(({ from, through }) => from <= through);
}

/** The first instant from this one on that is not spent already. */
export function skipSpent(worker: WorkerState, from: number): number | undefined {
  const { schedule } = worker.definition;
  if (schedule.kind !== 'cron') return from;
  let instant: number | undefined = from;
  for (
    let stretch = stretchAt(worker, instant);
    stretch !== undefined && instant !== undefined;
    stretch = instant === undefined ? undefined : stretchAt(worker, instant)
  ) {
    instant = schedule.cron.next(stretch.through);
  }
  return instant;
}

/** Until when, from this instant on, none is spent already. */
export function unspentThrough({ spentStretches }: WorkerState, from: number): number {
  let through = Infinity;
  for (const spent of spentStretches) {
    if (spent.from > from) through = Math.min(through, spent.from - 1);
  }
  return through;
}

function stretchAt({ spentStretches }: WorkerState, instant: number): SpentStretch | undefined {
  return spentStretches.find(({ from, through }) => from <= instant && instant <= through);
}
