import { reconsider } from '../admission/waiting-room.js';
import { createEntry } from '../state/create-state.js';
import type { SchedulerState, WorkerState } from '../state/scheduler-state.js';
import { acceptRun } from './accept-run.js';

/** Sets the end of the cool-down; while the orchestrator does not run, its start will. */
export function armProbe(state: SchedulerState, worker: WorkerState): void {
  followOptions(state, worker);
  const { recovery } = worker;
  if (recovery?.phase === 'cooling-down' && state.phase === 'running') {
    worker.probe ??= createEntry('probe', worker);
    state.agenda.set(worker.probe, recovery.probeAt);
  }
}

/** `autoEnableAfter` may have come, or gone, since its failures switched the worker off. */
function followOptions(state: SchedulerState, worker: WorkerState): void {
  const { autoEnableAfterMs: coolDownMs } = worker.definition;
  if (coolDownMs === undefined) {
    if (worker.recovery?.phase !== 'cooling-down') return;
    worker.recovery = undefined;
    state.agenda.clear(worker.probe);
  } else if (worker.disabled?.by === 'failures' && worker.recovery === undefined) {
    const probeAt = Math.max(state.now, worker.disabled.at - state.wallOffset + coolDownMs);
    worker.recovery = { probeAt, coolDownMs, phase: 'cooling-down', run: undefined };
  } else return;
  state.changed?.add(worker);
}

/** The cool-down is over: one run is let through, a waiting one or, for workers on schedule, a new one. */
export function beginProbing(state: SchedulerState, worker: WorkerState): void {
  if (worker.recovery?.phase !== 'cooling-down') return;
  worker.recovery.phase = 'due';
  if (worker.pending.size > 0) reconsider(state, worker);
  else probeBySchedule(state, worker);
}

/** While schedules are off, the next trigger is the probe. */
export function probeBySchedule(state: SchedulerState, worker: WorkerState): void {
  const { recovery, pending, definition } = worker;
  if (!state.areSchedulesOn || definition.schedule.kind === 'triggered') return;
  if (recovery?.phase !== 'due' || pending.size > 0) return;
  acceptRun(state, worker, {
    origin: 'probe',
    scheduledAt: state.now + state.wallOffset,
    dueAt: state.now,
  });
}
