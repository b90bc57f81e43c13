import type { Agenda, Timed } from '../agenda.js';
import type { Rank } from '../admission/rank.js';
import type { RankedQueue, Turn } from '../admission/ranked-queue.js';
import type { ChurningMap } from '../churning-map.js';
import type { WorkerDefinition } from '../definition/worker-definition.js';
import type { DependencyCondition } from '../definition/worker-options.js';
import type { Effect } from '../effect.js';
import type { FailureSummary } from '../failure.js';
import type { SkipReason } from '../reason-code.js';
import type { FinishedStatus, RunOrigin, RunStatus } from '../run-status.js';
import type { SparseSet } from '../sparse-set.js';
import type { Disabled, RunMemory, WorkerMemory } from '../worker-memory.js';
import type { HoldPeriod } from './hold.js';

/*
 * The shape of everything the scheduler knows. Instants end in `At` and are steady time, but for `scheduledAt`, which
 * is wall-clock time, and `…Instant`, which is on the scale of the worker's schedule: wall-clock time for cron.
 */

/** One accepted execution of a worker. */
export interface Run extends Rank {
  readonly id: string;
  readonly worker: WorkerState;
  readonly origin: RunOrigin;
  /** Dropped when the run ends. */
  payload: unknown;
  readonly dedupeKey: string | undefined;
  /** W3C trace context of who triggered it. */
  readonly traceparent: string | undefined;
  /** The due instant; the first of them where the run stands for several. */
  readonly scheduledAt: number;
  /** The first and the last due instant that it stands for. */
  firstInstant: number | undefined;
  lastInstant: number | undefined;
  /** When the last of those that were added to it fell due, in steady time. */
  lastDueAt: number | undefined;
  missedCount: number;

  status: RunStatus;
  /** Since when it waits for its next attempt without an excuse. */
  waitsSince: number;
  attempts: number;
  /** The attempt that is running. */
  current: Attempt | undefined;
  startedAt: number | undefined;
  endedAt: number | undefined;
  failure: FailureSummary | undefined;
  /** Why it was cancelled or skipped. */
  why: string | undefined;
  skipReason: SkipReason | undefined;
  progress: { readonly fraction: number; readonly message: string | undefined } | undefined;

  /** Its place among its worker's waiting runs. */
  readonly turn: Turn<Run>;
  /** The end of its backoff, or of its trigger's delay. */
  alarm: AgendaEntry | undefined;
  /** What holds it back now. */
  hold: HoldPeriod | undefined;
  /** What held it back before, newest last; bounded. */
  pastHolds: HoldPeriod[] | undefined;
  /** Runs that wait for its end inside their own. */
  awaitedBy: Set<Run> | undefined;
}

/** One call of a worker's function, for as long as it has not settled. */
export interface Attempt {
  readonly run: Run;
  readonly number: number;
  readonly startedAt: number;
  /** In which it holds a place: the worker's, when it started. */
  readonly groups: readonly Group[];
  /** `lingering`: its outcome is fixed, but it has not settled. `abandoned`: nor does anyone wait for that. */
  phase: 'running' | 'lingering' | 'abandoned';
  /** Whether it counts against concurrency, conflicts, groups and capacity. */
  holdsPlace: boolean;
}

/** Due instants that started nothing. */
export interface SkippedInstants {
  readonly at: number;
  /** Wall-clock time of the first. */
  readonly scheduledAt: number;
  readonly count: number;
  readonly reason: SkipReason;
  readonly why: string | undefined;
}

/** Spent due instants of a cron, without a gap. */
export interface SpentStretch {
  readonly from: number;
  through: number;
}

/** Half-open recovery of an auto-disabled worker. */
export interface Recovery {
  probeAt: number;
  coolDownMs: number;
  /** `due`: the next run that starts is the probe. */
  phase: 'cooling-down' | 'due' | 'probing';
  /** The probe. */
  run: Run | undefined;
}

export interface Group {
  readonly name: string;
  readonly limit: number;
  /** Attempts that hold a place. */
  readonly holders: Set<Attempt>;
  /** Who waits for a place. */
  readonly queue: RankedQueue<Run, WorkerTurn>;
}

/** A worker's place in the ready queue or a group's, and among the contenders. */
export interface WorkerTurn extends Turn<Run> {
  readonly worker: WorkerState;
}

/** What had switched a worker off. */
export type DisabledBefore = Pick<WorkerMemory, 'disabled' | 'probeAt' | 'coolDownMs'>;

/** Everything that the scheduler knows of one worker. */
export interface WorkerState {
  definition: WorkerDefinition;
  /** Order of registration: the last word between equals. */
  readonly order: number;

  // Relations, resolved whenever definitions come, change or go.
  dependencies: readonly { readonly on: WorkerState; readonly condition: DependencyCondition }[];
  readonly dependents: SparseSet<WorkerState>;
  /** In conflict by name or tag; `'*'` is `blocksEverything`. */
  readonly conflicts: SparseSet<WorkerState>;
  blocksEverything: boolean;
  groups: readonly Group[];

  // Schedule.
  /** What the interval is counted from: the first due instant, or the end of the last scheduled run (fixed delay). */
  anchorAt: number | undefined;
  nextInstant: number | undefined;
  /** Due instants up to this one have been run, or skipped for good, but for those of `unclaimed`. */
  claimedThroughInstant: number | undefined;
  /** Scheduled runs that have not started; earliest first. A process that dies leaves them to the next one. */
  readonly unclaimed: Run[];
  /** What has been due by cron and must not be again when the wall clock is set back; oldest first, bounded. */
  spentStretches: readonly SpentStretch[];
  /** Whether the next due instant comes late because nothing could run, not because of a lagging timer. */
  resumesLate: boolean;
  due: AgendaEntry;

  // Runs.
  readonly pending: RankedQueue<Run>;
  delayed: number;
  /** Few, oldest first. Not a set, for the reason that `ChurningMap` gives. */
  readonly attempts: Attempt[];
  /** Attempts that hold a place. */
  running: number;
  readonly backingOff: SparseSet<Run>;
  /** The scheduled run that has not ended, newest. */
  lastScheduled: Run | undefined;
  /** Made when a trigger first has a key. */
  byDedupeKey: Map<string, Run> | undefined;
  readonly history: Run[];
  historyCursor: number;
  /** Due instants that started nothing, oldest first; bounded like the history. */
  readonly skips: SkippedInstants[];

  // Where it waits, while one of its runs could start but for others.
  /** One for its first run of each base priority: which of them goes first may change as time passes. */
  readonly turns: WorkerTurn[];
  readonly contenders: WorkerTurn[];
  queuedIn: RankedQueue<Run, WorkerTurn> | undefined;
  readonly parkedIn: SparseSet<WorkerState>[];
  /** Who waits for this worker to end or to succeed. */
  readonly waiters: SparseSet<WorkerState>;
  isUnsettled: boolean;
  /** Made when it first waits. */
  overdue: AgendaEntry | undefined;
  /** Since when the wait lasts that was reported last, while any of its runs wait. */
  overdueSince: number | undefined;
  /** When a run that a reservation holds back gains a level. */
  ageing: AgendaEntry | undefined;

  // Fitness.
  disabled: Disabled | undefined;
  /** While its options switch it off: what had switched it off before, for when they no longer do. */
  disabledBefore: DisabledBefore | undefined;
  pausedAt: number | undefined;
  consecutiveFailures: number;
  recovery: Recovery | undefined;
  /** Made when it first cools down. */
  probe: AgendaEntry | undefined;

  // Past. Marks order what happens within one millisecond.
  lastStartMark: number | undefined;
  lastSuccessMark: number | undefined;
  /** When a run of this pipeline step was ended before it started: what made it due is spent. */
  calledOffMark: number | undefined;
  calledOffAt: number | undefined;
  lastStartAt: number | undefined;
  lastSuccessAt: number | undefined;
  lastEndAt: number | undefined;
  lastEndStatus: FinishedStatus | undefined;
  lastFailure: FailureSummary | undefined;
  /** The latest run of the process before. */
  lastRunBefore: RunMemory | undefined;
  readonly counts: Record<FinishedStatus | 'started' | 'skipped' | 'retried' | 'abandoned', number>;
}

/** What stands in the way of the best contender waits for it. */
export interface Reservation {
  readonly by: WorkerState;
  /** As of the last look: what stands in the way of one run may not stand in that of the worker's next. */
  readonly run: Run;
  /** Its dependencies are to come to an end first; nothing else is reserved until then. */
  readonly isForDependency: boolean;
  readonly waiters: SparseSet<WorkerState>;
}

export type AgendaEntry = Timed &
  (
    | { readonly kind: 'due' | 'overdue' | 'probe' | 'ageing'; readonly worker: WorkerState }
    | { readonly kind: 'backoff-over' | 'delay-over'; readonly run: Run }
  );

/** @publicApi */
export type OrchestratorPhase = 'stopped' | 'starting' | 'running' | 'draining';

export interface SchedulerState {
  readonly settings: SchedulerSettings;
  now: number;
  /** Wall-clock time minus steady time. */
  wallOffset: number;
  phase: OrchestratorPhase;
  /** Whether workers fall due by their schedules, as they do from the start unless that was for triggers alone. */
  areSchedulesOn: boolean;
  /** Since when nothing new starts, because it stops. */
  drainingAt: number | undefined;
  /** Since when it is held by the operator. */
  pausedAt: number | undefined;
  /** Since when, and why, the engine cannot be reached. */
  outage: { readonly since: number; readonly problem: string } | undefined;
  startedAt: number;

  readonly workers: Map<string, WorkerState>;
  /** Who declares to block a name or a `tag:x`. */
  readonly blockers: Map<string, Set<WorkerState>>;
  readonly tagged: Map<string, Set<WorkerState>>;
  /** Workers whose due instants move when the wall clock is set. */
  readonly onWallClock: Set<WorkerState>;
  /** Live runs, and ended ones as long as they are in a history. */
  readonly runs: ChurningMap<Run>;
  /** Aborted attempts that have not settled, by run and number. */
  readonly lingering: Map<string, Attempt>;
  /** What a process begins with its start, another has begun before. */
  isContinued: boolean;
  readonly groups: Map<string, Group>;
  readonly agenda: Agenda<AgendaEntry>;
  /** More is due by now than has been looked at: what would start first is not known. */
  isBehind: boolean;

  /** Places held. */
  running: number;
  readonly runningWorkers: Set<WorkerState>;

  /** Workers with a run that may start as soon as it is its turn. */
  readonly ready: RankedQueue<Run, WorkerTurn>;
  /** Those, and the ones held only by dependencies at work, conflicts, groups or a reservation: the best reserves. */
  readonly contenders: RankedQueue<Run, WorkerTurn>;
  /** Kept from contending by abandoned attempts in their way. */
  readonly stuck: Set<WorkerState>;
  reservation: Reservation | undefined;
  /** Workers whose wait must be looked at again before the step ends: each once, known by its `isUnsettled`. */
  readonly unsettled: WorkerState[];
  /** Runs accepted in this step. */
  newcomers: Run[];
  /** Runs that wait for others inside their own, and for whom; those last whose wait is the newest. */
  readonly awaiting: Map<Run, Set<Run>>;
  /** Runs, and next runs of workers, that may not be able to end any more: known before the step ends. */
  readonly doubtful: Set<Run | WorkerState>;

  sequence: number;
  mark: number;
  effects: Effect[];
  /** Workers whose memory changed since it was last taken; `undefined` where nobody takes it. */
  changed: Set<WorkerState> | undefined;
}

export interface SchedulerSettings {
  readonly maxConcurrentWorkers: number;
  readonly groups: ReadonlyMap<string, number>;
  readonly agingStepMs: number;
  /** Ended runs kept for each worker. */
  readonly history: number;
  /** Wake-ups keep to this grid: nothing is missed by so much lateness. */
  readonly tickIntervalMs: number;
  /** Begins every run's id; unique to the process. */
  readonly runIdPrefix: string;
  /** From 0 to 1: the only source of chance. */
  readonly random: () => number;
}
