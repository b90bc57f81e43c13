import type { JobPriority } from '../priority.js';

/** What decides between ready runs. */
export interface Rank {
  readonly priority: JobPriority;
  /** Since when it ages: its due instant, but not before the orchestrator ran. */
  readonly agesFrom: number;
  readonly dueAt: number;
  /** 0, or a rising number for what goes to the back of its priority (continuous workers). */
  readonly lap: number;
  /** Order of its worker's registration. */
  readonly order: number;
  readonly sequence: number;
}

export function effectivePriority(rank: Rank, now: number, agingStepMs: number): number {
  return rank.priority + Math.max(0, Math.floor((now - rank.agesFrom) / agingStepMs));
}

/** Between runs of equal effective priority. */
export function goesFirst(one: Rank, other: Rank): boolean {
  if (one.agesFrom !== other.agesFrom) return one.agesFrom < other.agesFrom;
  if (one.dueAt !== other.dueAt) return one.dueAt < other.dueAt;
  if (one.lap !== other.lap) return one.lap < other.lap;
  if (one.order !== other.order) return one.order < other.order;
  return one.sequence < other.sequence;
}

export function outranks(one: Rank, other: Rank, now: number, agingStepMs: number): boolean {
  const lead =
    effectivePriority(one, now, agingStepMs) - effectivePriority(other, now, agingStepMs);
  return lead === 0 ? goesFirst(one, other) : lead > 0;
}
