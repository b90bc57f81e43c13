import type { WorkerDefinition } from '../definition/worker-definition.js';
import { NONE } from './create-state.js';
import type { SchedulerState, WorkerState } from './scheduler-state.js';

/** Links the worker with its dependencies, conflicts and groups; all of them are registered. */
export function connect(state: SchedulerState, worker: WorkerState): void {
  const { name, schedule, dependsOn, blocks, tags, groups } = worker.definition;
  if (schedule.kind === 'cron') state.onWallClock.add(worker);
  worker.dependencies = dependsOn.length === 0 ? NONE : dependenciesOf(state, worker);
  worker.groups =
    groups.length === 0 ? NONE : groups.flatMap((group) => state.groups.get(group) ?? []);

  worker.blocksEverything = blocks.includes('*');
  for (const target of blocks) {
    members(state.blockers, target).add(worker);
    for (const blocked of targetsOf(state, target)) link(worker, blocked);
  }
  for (const other of state.runningWorkers) {
    if (!isRegistered(state, other) && conflictsWithFormer(worker, other)) link(worker, other);
  }
  for (const tag of tags) members(state.tagged, tag).add(worker);
  for (const target of [name, ...tags.map((tag) => `tag:${tag}`)]) {
    for (const blocker of state.blockers.get(target) ?? []) link(worker, blocker);
  }
}

export function disconnect(state: SchedulerState, worker: WorkerState): void {
  const { blocks, tags } = worker.definition;
  state.onWallClock.delete(worker);
  for (const { on } of worker.dependencies) on.dependents.delete(worker);
  for (const target of blocks) leave(state.blockers, target, worker);
  for (const tag of tags) leave(state.tagged, tag, worker);
}

export function endConflicts(worker: WorkerState): void {
  for (const other of worker.conflicts) other.conflicts.delete(worker);
  worker.conflicts.clear();
}

/** An unregistered worker's current run goes on to its end. */
export function isRegistered(state: SchedulerState, worker: WorkerState): boolean {
  return state.workers.get(worker.definition.name) === worker;
}

/** One that was unregistered is in no index any more, but may still be at work. */
function conflictsWithFormer({ definition }: WorkerState, former: WorkerState): boolean {
  return (
    definition.name === former.definition.name ||
    namesAsBlocked(definition, former.definition) ||
    namesAsBlocked(former.definition, definition)
  );
}

function namesAsBlocked({ blocks }: WorkerDefinition, { name, tags }: WorkerDefinition): boolean {
  return blocks.includes(name) || tags.some((tag) => blocks.includes(`tag:${tag}`));
}

function dependenciesOf(state: SchedulerState, worker: WorkerState): WorkerState['dependencies'] {
  return worker.definition.dependsOn.flatMap(({ worker: dependency, condition }) => {
    const on = state.workers.get(dependency);
    on?.dependents.add(worker);
    return on === undefined ? [] : [{ on, condition }];
  });
}

function targetsOf(state: SchedulerState, target: string): Iterable<WorkerState> {
  if (target.startsWith('tag:')) return state.tagged.get(target.slice(4)) ?? [];
  const named = state.workers.get(target);
  return named === undefined ? [] : [named];
}

function link(one: WorkerState, other: WorkerState): void {
  if (one === other) return;
  one.conflicts.add(other);
  other.conflicts.add(one);
}

function leave(index: Map<string, Set<WorkerState>>, key: string, worker: WorkerState): void {
  const known = index.get(key);
  known?.delete(worker);
  if (known?.size === 0) index.delete(key);
}

function members(index: Map<string, Set<WorkerState>>, key: string): Set<WorkerState> {
  const known = index.get(key);
  if (known !== undefined) return known;
  const created = new Set<WorkerState>();
  index.set(key, created);
  return created;
}
