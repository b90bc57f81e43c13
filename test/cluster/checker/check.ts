import type { History } from '../history/history.js';

export interface Violation {
  readonly what: string;
  readonly at: number;
  /** What explains it: no lease can prevent the tail of a frozen replica. */
  readonly isExcused: boolean;
}

/** One invariant of the fleet. */
export interface Check {
  readonly id: string;
  readonly says: string;
  violations(history: History): Violation[];
}

export function violation(at: number, what: string, isExcused = false): Violation {
  return { what, at, isExcused };
}
