import type { Schedule } from '../schedule/schedule.js';
import type { WorkerMemory } from '../worker-memory.js';
import { markOf } from './emit.js';
import type { WorkerState } from './scheduler-state.js';

/** What a successor of this process must know of the worker. */
export function memoryOf(worker: WorkerState): WorkerMemory {
  const { recovery } = worker;
  return {
    worker: worker.definition.name,
    schedule: scheduleKey(worker.definition.schedule),
    consecutiveFailures: worker.consecutiveFailures,
    ...(worker.anchorAt !== undefined && { anchorAt: worker.anchorAt }),
    ...(worker.claimedThroughInstant !== undefined && {
      claimedThrough: worker.claimedThroughInstant,
    }),
    // What the options say is not remembered: they may say otherwise next time.
    ...(worker.disabled !== undefined &&
      worker.disabled.by !== 'options' && { disabled: worker.disabled }),
    ...(recovery !== undefined && { probeAt: recovery.probeAt, coolDownMs: recovery.coolDownMs }),
    ...(worker.lastStartAt !== undefined && { lastStartAt: worker.lastStartAt }),
    ...(worker.lastSuccessAt !== undefined && { lastSuccessAt: worker.lastSuccessAt }),
    ...(worker.lastEndAt !== undefined && { lastEndAt: worker.lastEndAt }),
    ...(worker.lastEndStatus !== undefined && { lastEndStatus: worker.lastEndStatus }),
  };
}

export function restore(worker: WorkerState, memory: WorkerMemory): void {
  const isSameSchedule = memory.schedule === scheduleKey(worker.definition.schedule);
  // A changed interval is counted from the last due instant that was claimed.
  worker.anchorAt = isSameSchedule ? memory.anchorAt : memory.claimedThrough;
  worker.claimedThroughInstant = memory.claimedThrough;
  worker.claimedFromInstant = memory.claimedThrough;
  worker.consecutiveFailures = memory.consecutiveFailures;
  worker.disabled = memory.disabled ?? worker.disabled;
  if (memory.probeAt !== undefined && memory.coolDownMs !== undefined) {
    const { probeAt, coolDownMs } = memory;
    worker.recovery = { probeAt, coolDownMs, phase: 'cooling-down', run: undefined };
  }
  worker.lastStartAt = memory.lastStartAt;
  worker.lastStartMark = memory.lastStartAt === undefined ? undefined : markOf(memory.lastStartAt);
  worker.lastSuccessAt = memory.lastSuccessAt;
  worker.lastSuccessMark =
    memory.lastSuccessAt === undefined ? undefined : markOf(memory.lastSuccessAt);
  worker.lastEndAt = memory.lastEndAt;
  worker.lastEndStatus = memory.lastEndStatus;
}

function scheduleKey(schedule: Schedule): string {
  switch (schedule.kind) {
    case 'fixed-rate':
    case 'fixed-delay':
      return `${schedule.kind} ${String(schedule.intervalMs)}`;
    case 'cron':
      return `cron ${schedule.cron.pattern} ${schedule.cron.timeZone ?? ''}`;
    default:
      return schedule.kind;
  }
}
