import { Agenda } from '../agenda.js';
import { RankedQueue } from '../admission/ranked-queue.js';
import type { WorkerDefinition } from '../definition/worker-definition.js';
import type { Group, SchedulerSettings, SchedulerState, WorkerState } from './scheduler-state.js';

export function createState(settings: SchedulerSettings): SchedulerState {
  const { agingStepMs } = settings;
  return {
    settings,
    now: 0,
    wallOffset: 0,
    phase: 'stopped',
    areSchedulesOn: false,
    pausedAt: undefined,
    outage: undefined,
    startedAt: 0,
    workers: new Map(),
    blockers: new Map(),
    tagged: new Map(),
    onWallClock: new Set(),
    runs: new Map(),
    lingering: new Map(),
    groups: new Map(
      [...settings.groups].map(([name, limit]) => [name, createGroup(name, limit, agingStepMs)]),
    ),
    agenda: new Agenda(),
    attempts: new Map(),
    running: 0,
    runningWorkers: new Set(),
    ready: new RankedQueue(agingStepMs),
    contenders: new RankedQueue(agingStepMs),
    stuck: new Set(),
    reservation: undefined,
    unsettled: new Set(),
    newcomers: [],
    awaiting: new Map(),
    sequence: 0,
    mark: 0,
    effects: [],
    changed: new Set(),
  };
}

function createGroup(name: string, limit: number, agingStepMs: number): Group {
  return { name, limit, holders: new Set(), queue: new RankedQueue(agingStepMs) };
}

export function createWorker(
  { settings }: SchedulerState,
  definition: WorkerDefinition,
  order: number,
): WorkerState {
  const entry = { at: 0, order, heapIndex: -1 };
  const worker: Omit<WorkerState, 'due' | 'overdue' | 'probe'> = {
    definition,
    order,
    dependencies: [],
    dependents: new Set(),
    conflicts: new Set(),
    blocksEverything: false,
    groups: [],
    anchorAt: undefined,
    nextInstant: undefined,
    claimedThroughInstant: undefined,
    claimedStretches: [],
    resumesLate: false,
    pending: new RankedQueue(settings.agingStepMs),
    delayed: 0,
    attempts: new Set(),
    running: 0,
    backingOff: new Set(),
    awaitedRuns: 0,
    lastScheduled: undefined,
    byDedupeKey: new Map(),
    history: [],
    historyCursor: 0,
    skips: [],
    turns: [],
    contenders: [],
    queuedIn: undefined,
    parkedIn: [],
    waiters: new Set(),
    isOverdue: false,
    disabled: undefined,
    isPaused: false,
    consecutiveFailures: 0,
    recovery: undefined,
    lastStartMark: undefined,
    lastSuccessMark: undefined,
    calledOffMark: undefined,
    lastStartAt: undefined,
    lastSuccessAt: undefined,
    lastEndAt: undefined,
    lastEndStatus: undefined,
    lastFailure: undefined,
    counts: {
      started: 0,
      succeeded: 0,
      failed: 0,
      'timed-out': 0,
      cancelled: 0,
      lost: 0,
      skipped: 0,
      retried: 0,
      abandoned: 0,
    },
  };
  // Entries point back at their worker.
  return Object.assign(worker as WorkerState, {
    due: { kind: 'due' as const, worker: worker as WorkerState, ...entry },
    overdue: { kind: 'overdue' as const, worker: worker as WorkerState, ...entry },
    probe: { kind: 'probe' as const, worker: worker as WorkerState, ...entry },
  });
}
