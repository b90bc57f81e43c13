import { isExcused } from './admission/excuse.js';
import { allHolds } from './admission/gates.js';
import { reconsider } from './admission/waiting-room.js';
import { comeDue } from './due/come-due.js';
import { endDelay } from './life-cycle/accept-run.js';
import { endBackoff } from './life-cycle/end-attempt.js';
import { beginProbing } from './life-cycle/recover.js';
import { emit, wallDate } from './state/emit.js';
import type { AgendaEntry, SchedulerState, WorkerState } from './state/scheduler-state.js';
import { firstWaiting } from './view/worker-view.js';

/**
 * What stands in the agenda before `end` has come true by the passing of time.
 *
 * @returns how much of it: at most that much
 */
export function comeTrueBefore(state: SchedulerState, end: number, most: number): number {
  for (let count = 0; count < most; count++) {
    const entry = state.agenda.takeBefore(end);
    if (entry === undefined) return count;
    comeTrue(state, entry);
  }
  return most;
}

/** Whether anything has come true by now without having been looked at. */
export function isMoreDue({ agenda, now }: SchedulerState): boolean {
  return agenda.nextAt !== undefined && agenda.nextAt <= now;
}

function comeTrue(state: SchedulerState, entry: AgendaEntry): void {
  switch (entry.kind) {
    case 'due':
      comeDue(state, entry.worker);
      return;
    case 'delay-over':
      endDelay(state, entry.run);
      return;
    case 'backoff-over':
      endBackoff(state, entry.run);
      return;
    case 'probe':
      beginProbing(state, entry.worker);
      return;
    case 'ageing':
      reconsider(state, entry.worker);
      return;
    case 'overdue':
      reportOverdue(state, entry.worker);
  }
}

/** Once for each stretch of waiting; an excused wait is looked at again, as its excuse may end. */
function reportOverdue(state: SchedulerState, worker: WorkerState): void {
  const { overdue } = worker;
  const run = firstWaiting(state, worker);
  if (run === undefined || overdue === undefined) return;
  if (worker.overdueSince !== undefined && run.waitsSince <= worker.overdueSince) return;
  const { overdueAfterMs } = worker.definition;
  const overdueAt = run.waitsSince + overdueAfterMs;
  const [binding] = allHolds(state, run);
  const isStillExcused = binding !== undefined && isExcused(worker, binding.reason);
  if (overdueAt > state.now || isStillExcused) {
    state.agenda.set(overdue, isStillExcused ? state.now + overdueAfterMs : overdueAt);
    return;
  }
  worker.overdueSince = run.waitsSince;
  emit(state, {
    type: 'worker.overdue',
    at: wallDate(state),
    worker: worker.definition.name,
    reason: binding?.reason ?? 'CAPACITY',
    dueAt: wallDate(state, run.dueAt),
  });
}
