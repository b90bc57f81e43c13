import { Agenda } from '../agenda.js';
import { RankedQueue } from '../admission/ranked-queue.js';
import { ChurningMap } from '../churning-map.js';
import { SparseSet } from '../sparse-set.js';
import type { WorkerDefinition } from '../definition/worker-definition.js';
import type {
  AgendaEntry,
  Group,
  SchedulerSettings,
  SchedulerState,
  WorkerState,
} from './scheduler-state.js';

export function createState(settings: SchedulerSettings): SchedulerState {
  const { agingStepMs } = settings;
  return {
    settings,
    now: 0,
    wallOffset: 0,
    phase: 'stopped',
    areSchedulesOn: false,
    drainingAt: undefined,
    pausedAt: undefined,
    outage: undefined,
    startedAt: 0,
    workers: new Map(),
    blockers: new Map(),
    tagged: new Map(),
    onWallClock: new Set(),
    runs: new ChurningMap(),
    lingering: new Map(),
    isContinued: false,
    groups: new Map(
      [...settings.groups].map(([name, limit]) => [name, createGroup(name, limit, agingStepMs)]),
    ),
    agenda: new Agenda(),
    isBehind: false,
    running: 0,
    runningWorkers: new Set(),
    ready: new RankedQueue(agingStepMs),
    contenders: new RankedQueue(agingStepMs),
    stuck: new Set(),
    reservation: undefined,
    unsettled: [],
    newcomers: [],
    awaiting: new Map(),
    doubtful: new Set(),
    sequence: 0,
    mark: 0,
    effects: [],
    changed: new Set(),
  };
}

function createGroup(name: string, limit: number, agingStepMs: number): Group {
  return { name, limit, holders: new Set(), queue: new RankedQueue(agingStepMs) };
}

/** Idle workers are many: what they do not have takes no room. */
export const NONE: readonly never[] = [];

/** An entry points back at its worker, so it is made after it. */
const NOT_YET = undefined as never;

export function createWorker(
  { settings }: SchedulerState,
  definition: WorkerDefinition,
  order: number,
): WorkerState {
  const worker: WorkerState = {
    definition,
    order,
    dependencies: NONE,
    dependents: new SparseSet(),
    conflicts: new SparseSet(),
    blocksEverything: false,
    groups: NONE,
    anchorAt: undefined,
    nextInstant: undefined,
    claimedThroughInstant: undefined,
    unclaimed: [],
    spentStretches: NONE,
    resumesLate: false,
    due: NOT_YET,
    pending: new RankedQueue(settings.agingStepMs),
    delayed: 0,
    attempts: [],
    running: 0,
    backingOff: new SparseSet(),
    lastScheduled: undefined,
    byDedupeKey: undefined,
    history: [],
    historyCursor: 0,
    skips: [],
    turns: [],
    contenders: [],
    queuedIn: undefined,
    parkedIn: [],
    waiters: new SparseSet(),
    isUnsettled: false,
    overdue: undefined,
    ageing: undefined,
    overdueSince: undefined,
    disabled: undefined,
    disabledBefore: undefined,
    pausedAt: undefined,
    consecutiveFailures: 0,
    recovery: undefined,
    probe: undefined,
    lastStartMark: undefined,
    lastSuccessMark: undefined,
    calledOffMark: undefined,
    calledOffAt: undefined,
    lastStartAt: undefined,
    lastSuccessAt: undefined,
    lastEndAt: undefined,
    lastEndStatus: undefined,
    lastFailure: undefined,
    lastRunBefore: undefined,
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
  worker.due = createEntry('due', worker);
  return worker;
}

export function createEntry(
  kind: 'due' | 'overdue' | 'probe' | 'ageing',
  worker: WorkerState,
): AgendaEntry {
  return { kind, worker, at: 0, order: worker.order, heapIndex: -1 };
}
