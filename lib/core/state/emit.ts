import type { OrchestratorEvent } from '../event.js';
import type { SchedulerState } from './scheduler-state.js';

export function emit(state: SchedulerState, event: OrchestratorEvent): void {
  state.effects.push(event);
}

/** Wall-clock time of an instant of steady time; of now, by default. */
export function wallDate(state: SchedulerState, at: number = state.now): Date {
  return new Date(at + state.wallOffset);
}

/** Rises with every call, also within one millisecond. */
export function nextMark(state: SchedulerState): number {
  state.mark = Math.max(state.mark + 1, markOf(state.now));
  return state.mark;
}

export function markOf(at: number): number {
  return at * 1024;
}
