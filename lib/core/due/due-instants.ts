import type { CronPattern } from '../schedule/cron-pattern.js';
import type { Schedule } from '../schedule/schedule.js';
import type { WorkerState } from '../state/scheduler-state.js';

/** Due instants that have come, counted, not listed: there may be millions. On the schedule's scale. */
export interface DueInstants {
  readonly first: number;
  readonly last: number;
  readonly count: number;
  /** The due instant after them. */
  readonly next: number | undefined;
}

/** More missed instants of a cron pattern than this are counted as this many. */
const MOST_COUNTED = 1000;

/** Those from `nextInstant` to `now`. */
export function instantsUpTo(schedule: Schedule, nextInstant: number, now: number): DueInstants {
  switch (schedule.kind) {
    case 'fixed-rate': {
      const count = Math.floor((now - nextInstant) / schedule.intervalMs) + 1;
      const last = nextInstant + (count - 1) * schedule.intervalMs;
      return { first: nextInstant, last, count, next: last + schedule.intervalMs };
    }
    case 'cron':
      return cronInstants(schedule.cron, nextInstant, now);
    default:
      return { first: nextInstant, last: nextInstant, count: 1, next: undefined };
  }
}

function cronInstants(cron: CronPattern, first: number, now: number): DueInstants {
  let last = first;
  let next = cron.next(first);
  let count = 1;
  for (; next !== undefined && next <= now; count++) {
    if (count === MOST_COUNTED) {
      last = cron.previous(now + 1) ?? next;
      return { first, last, count, next: cron.next(now) };
    }
    last = next;
    next = cron.next(last);
  }
  return { first, last, count, next };
}

/** The same without those before `from`; `undefined` where none is left. */
export function notBefore(
  schedule: Schedule,
  instants: DueInstants,
  from: number,
): DueInstants | undefined {
  if (instants.first >= from) return instants;
  if (instants.last < from) return undefined;
  switch (schedule.kind) {
    case 'fixed-rate': {
      const dropped = Math.ceil((from - instants.first) / schedule.intervalMs);
      return {
        ...instants,
        first: instants.first + dropped * schedule.intervalMs,
        count: instants.count - dropped,
      };
    }
    case 'cron': {
      const first = schedule.cron.next(from - 1) ?? instants.last;
      const { count } = cronInstants(schedule.cron, first, instants.last);
      return { ...instants, first, count };
    }
    default:
      return undefined;
  }
}

/** The last `most` of them, earliest first. */
export function lastOf(
  schedule: Schedule,
  { first, last, count }: DueInstants,
  most: number,
): number[] {
  const instants: number[] = [];
  for (
    let instant: number | undefined = last;
    instant !== undefined && instant >= first && instants.length < Math.min(most, count);
    instant = instantBefore(schedule, instant)
  ) {
    instants.unshift(instant);
  }
  return instants;
}

/** The one before a due instant. */
export function instantBefore(schedule: Schedule, instant: number): number | undefined {
  if (schedule.kind === 'fixed-rate') return instant - schedule.intervalMs;
  return schedule.kind === 'cron' ? schedule.cron.previous(instant) : undefined;
}

/**
 * The first due instant after the worker (or the process) starts; where `isContinued`, another process had started it
 * before. What was claimed or planned for later than now was so by a clock that has been set back since.
 */
export function firstInstant(
  { definition, anchorAt, claimedThroughInstant, lastScheduled }: WorkerState,
  startAt: number,
  wallOffset: number,
  isContinued: boolean,
): number | undefined {
  const { schedule } = definition;
  if (schedule.kind === 'after-dependencies') return undefined;
  const start = startAt + schedule.initialDelayMs;
  const startsAnew = !isContinued || claimedThroughInstant === undefined;
  switch (schedule.kind) {
    case 'fixed-rate': {
      const fresh = schedule.startsDue ? start : start + schedule.intervalMs;
      if (anchorAt === undefined) return fresh;
      if (claimedThroughInstant === undefined) return Math.min(anchorAt, fresh);
      const { intervalMs } = schedule;
      // Less than a period ahead: by a clock that is a little ahead of this one.
      const isPlausible = claimedThroughInstant - startAt < intervalMs;
      const claimed = isPlausible ? claimedThroughInstant : startAt;
      const periods = Math.floor((claimed - anchorAt) / schedule.intervalMs) + 1;
      return anchorAt + periods * schedule.intervalMs;
    }
    case 'fixed-delay':
      // Its end says when the next is due.
      if (lastScheduled !== undefined) return undefined;
      if (anchorAt !== undefined) return Math.min(anchorAt, startAt) + schedule.intervalMs;
      return schedule.startsDue ? start : start + schedule.intervalMs;
    case 'cron': {
      const wallStart = start + wallOffset;
      if (claimedThroughInstant !== undefined) {
        const next = schedule.cron.next(Math.min(claimedThroughInstant, startAt + wallOffset));
        return schedule.startsDue && startsAnew ? Math.min(next ?? wallStart, wallStart) : next;
      }
      if (schedule.startsDue) return wallStart;
      const fresh = schedule.cron.next(wallStart - 1);
      return anchorAt === undefined || fresh === undefined ? fresh : Math.min(anchorAt, fresh);
    }
    case 'continuous':
      return lastScheduled === undefined ? start : undefined;
    case 'triggered':
      return schedule.startsDue && startsAnew ? start : undefined;
  }
}
