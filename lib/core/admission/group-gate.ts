import type { Hold } from '../state/hold.js';
import type { Group, Run, SchedulerState, WorkerState } from '../state/scheduler-state.js';

export function groupHold(_state: SchedulerState, { worker }: Run): Hold | undefined {
  const group = fullGroup(worker);
  return group && { reason: 'GROUP_FULL', heldBy: group.name };
}

export function fullGroup(worker: WorkerState): Group | undefined {
  return worker.groups.find((group) => freePlaces(group) <= 0);
}

export function freePlaces(group: Group): number {
  return group.limit - group.holders.size;
}
