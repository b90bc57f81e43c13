import { reconsider, wakeGroup, wakeWaiters } from '../admission/waiting-room.js';
import { doubtAllAwaited } from '../awaiting.js';
import type { WorkerDefinition } from '../definition/worker-definition.js';
import { changeSchedule } from '../due/change-schedule.js';
import { beginSchedule, wakeSchedule } from '../due/schedule-cursor.js';
import { advanceStep } from '../due/pipeline-step.js';
import { DuplicateWorkerError, GraphValidationError } from '../errors.js';
import { validateGraph, type Named } from '../graph/validate-graph.js';
import { scheduleKey } from '../schedule/schedule.js';
import { createWorker } from '../state/create-state.js';
import { emit, wallDate } from '../state/emit.js';
import { restore } from '../state/memory.js';
import { connect, disconnect, endConflicts } from '../state/relations.js';
import type { SchedulerState, WorkerState } from '../state/scheduler-state.js';
import type { Disabled, WorkerMemory } from '../worker-memory.js';
import { cancelRun } from './cancel-run.js';
import { armProbe } from './recover.js';
import { turnOff, turnOn } from './fitness.js';

/**
 * Registers them all, or none.
 *
 * @throws DuplicateWorkerError, GraphValidationError
 */
export function defineWorkers(
  state: SchedulerState,
  definitions: readonly WorkerDefinition[],
  memories: ReadonlyMap<string, WorkerMemory>,
): void {
  const names = new Set<string>();
  for (const { name } of definitions) {
    if (names.has(name) || state.workers.has(name)) {
      throw new DuplicateWorkerError(name, ['an earlier registration', 'this one']);
    }
    names.add(name);
  }
  assertFitting(state, definitions);

  const workers = definitions.map((definition) => {
    const worker = createWorker(state, definition, ++state.sequence);
    state.workers.set(definition.name, worker);
    return worker;
  });
  for (const worker of workers) {
    connect(state, worker);
    applyEnabled(state, worker);
    const memory = memories.get(worker.definition.name);
    if (memory !== undefined) restore(state, worker, memory);
    announce(state, worker, 'worker.registered');
  }
  for (const worker of workers) begin(state, worker);
}

/**
 * Gives the worker new options; its runs, failures and history stay.
 *
 * @throws GraphValidationError
 */
export function redefineWorker(
  state: SchedulerState,
  worker: WorkerState,
  definition: WorkerDefinition,
): void {
  assertFitting(state, [definition]);
  const before = worker.definition;
  const formerGroups = worker.groups;
  disconnect(state, worker);
  endConflicts(worker);
  changeDefinition(state, worker, definition);
  connect(state, worker);
  announce(state, worker, 'worker.updated');
  // Options lift no operator's decision.
  const isUpToOptions = worker.disabled?.by !== 'operator';
  if (isUpToOptions && before.enabled && !definition.enabled) {
    turnOff(state, worker, offByOptions(state));
  }
  if (isUpToOptions && !before.enabled && definition.enabled) turnOn(state, worker);
  armProbe(state, worker);
  advanceStep(state, worker);
  reconsider(state, worker);
  wakeWaiters(state, worker);
  doubtAllAwaited(state);
  for (const waiter of state.reservation?.waiters ?? []) reconsider(state, waiter);
  // It may have been asked for a place that it wants no more.
  for (const group of formerGroups) wakeGroup(state, group);
}

function changeDefinition(
  state: SchedulerState,
  worker: WorkerState,
  definition: WorkerDefinition,
): void {
  const before = worker.definition;
  if (scheduleKey(before.schedule) !== scheduleKey(definition.schedule)) {
    changeSchedule(state, worker, definition);
    return;
  }
  worker.definition = definition;
  if (scheduleOf(before) !== scheduleOf(definition)) wakeSchedule(state, worker);
}

/**
 * Waiting runs are cancelled; a current one goes on to its end.
 *
 * @throws GraphValidationError where others refer to it
 */
export function removeWorker(state: SchedulerState, worker: WorkerState): void {
  const { name } = worker.definition;
  const referring = [
    ...[...worker.dependents].map(({ definition }) => `"${definition.name}" depends on "${name}".`),
    ...[...(state.blockers.get(name) ?? [])].map(
      ({ definition }) => `"${definition.name}" blocks "${name}".`,
    ),
  ];
  if (referring.length > 0) {
    throw new GraphValidationError(
      referring.map((reference) => `${reference} Change that before unregistering "${name}".`),
    );
  }
  // First, or a pipeline step would be due again with each run that is cancelled.
  state.workers.delete(name);
  for (const run of [...state.runs.values()]) {
    if (run.worker !== worker) continue;
    if (run.status === 'waiting' || run.status === 'backing-off') {
      cancelRun(state, run, 'its worker was unregistered');
    }
  }
  worker.nextInstant = undefined;
  for (const entry of [worker.due, worker.overdue, worker.ageing, worker.probe]) {
    state.agenda.clear(entry);
  }
  for (const run of worker.history) state.runs.delete(run.id);
  disconnect(state, worker);
  if (worker.running === 0) endConflicts(worker);
  announce(state, worker, 'worker.unregistered');
}

function begin(state: SchedulerState, worker: WorkerState): void {
  armProbe(state, worker);
  if (!state.areSchedulesOn) return;
  beginSchedule(state, worker);
  advanceStep(state, worker);
}

function applyEnabled(state: SchedulerState, worker: WorkerState): void {
  if (!worker.definition.enabled) worker.disabled = offByOptions(state);
}

function offByOptions(state: SchedulerState): Disabled {
  return {
    by: 'options',
    reason: 'its options say enabled: false',
    at: wallDate(state).getTime(),
  };
}

function assertFitting(state: SchedulerState, subjects: readonly WorkerDefinition[]): void {
  const { workers, groups } = state;
  const coming = new Map(subjects.map((subject) => [subject.name, subject]));
  // No copy of all workers: one that is registered at run time must not cost more the more there are.
  const all: Named<WorkerDefinition> = {
    get: (name) => coming.get(name) ?? workers.get(name)?.definition,
    has: (name) => coming.has(name) || workers.has(name),
    keys: () => new Set([...workers.keys(), ...coming.keys()]),
  };
  const problems = validateGraph(all, groups, subjects);
  if (problems.length > 0) throw new GraphValidationError(problems);
}

function scheduleOf({ schedule }: WorkerDefinition): string {
  return JSON.stringify(schedule);
}

function announce(
  state: SchedulerState,
  worker: WorkerState,
  type: 'worker.registered' | 'worker.updated' | 'worker.unregistered',
): void {
  emit(state, { type, at: wallDate(state), worker: worker.definition.name });
}
