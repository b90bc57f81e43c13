import { reconsider, wakeWaiters } from '../admission/waiting-room.js';
import type { WorkerDefinition } from '../definition/worker-definition.js';
import { beginSchedule } from '../due/schedule-cursor.js';
import { advanceStep } from '../due/pipeline-step.js';
import { DuplicateWorkerError, GraphValidationError } from '../errors.js';
import { validateGraph } from '../graph/validate-graph.js';
import { createWorker } from '../state/create-state.js';
import { emit, wallDate } from '../state/emit.js';
import { restore } from '../state/memory.js';
import { connect, disconnect } from '../state/relations.js';
import type { SchedulerState, WorkerState } from '../state/scheduler-state.js';
import type { WorkerMemory } from '../worker-memory.js';
import { cancelRun } from './cancel-run.js';

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
  for (const { name } of definitions) {
    if (state.workers.has(name)) {
      throw new DuplicateWorkerError(name, ['it is registered already', 'this registration']);
    }
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
    if (memory !== undefined) restore(worker, memory);
    announce(state, worker, 'worker.registered');
    begin(state, worker);
  }
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
  disconnect(state, worker);
  const before = worker.definition;
  worker.definition = definition;
  connect(state, worker);
  if (scheduleOf(before) !== scheduleOf(definition)) {
    worker.anchorAt = worker.claimedThroughInstant;
    begin(state, worker);
  }
  announce(state, worker, 'worker.updated');
  reconsider(state, worker);
  wakeWaiters(state, worker);
  for (const other of worker.dependents) reconsider(state, other);
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
  for (const run of state.runs.values()) {
    if (run.worker !== worker) continue;
    if (run.status === 'waiting' || run.status === 'backing-off') {
      cancelRun(state, run, 'its worker was unregistered');
    }
  }
  worker.nextInstant = undefined;
  for (const entry of [worker.due, worker.overdue, worker.probe]) state.agenda.clear(entry);
  for (const run of worker.history) state.runs.delete(run.id);
  disconnect(state, worker);
  state.workers.delete(name);
  announce(state, worker, 'worker.unregistered');
}

function begin(state: SchedulerState, worker: WorkerState): void {
  if (state.phase !== 'running') return;
  beginSchedule(state, worker);
  advanceStep(state, worker);
  if (worker.recovery !== undefined) state.agenda.set(worker.probe, worker.recovery.probeAt);
}

function applyEnabled(state: SchedulerState, worker: WorkerState): void {
  if (worker.definition.enabled) return;
  const at = wallDate(state).getTime();
  worker.disabled = { by: 'options', reason: 'its options say enabled: false', at };
}

function assertFitting(state: SchedulerState, subjects: readonly WorkerDefinition[]): void {
  const all = new Map([...state.workers].map(([name, { definition }]) => [name, definition]));
  for (const subject of subjects) all.set(subject.name, subject);
  const problems = validateGraph(all, state.groups, subjects);
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
