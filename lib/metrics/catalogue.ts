/** The labels of the metrics. Only `worker` comes from the application, and it is capped. */
export type MetricLabel = 'worker' | 'outcome' | 'reason' | 'state';

export type Labels = Readonly<Partial<Record<MetricLabel, string>>>;

export interface Metric {
  /** As Prometheus knows it. */
  readonly name: string;
  /** As OpenTelemetry knows it, such that its exporter for Prometheus gives it the same name. */
  readonly instrument: string;
  readonly unit?: 's' | `{${string}}`;
  readonly help: string;
  readonly labels: readonly MetricLabel[];
}

export interface Gauge extends Metric {
  /** What one value stands for where several workers share it: those beyond the cap. */
  readonly together: 'sum' | 'least' | 'most';
}

export const COUNTERS = {
  runs: {
    name: 'orchestrator_runs_total',
    instrument: 'orchestrator.runs',
    unit: '{run}',
    help: 'Runs that ended, by outcome: succeeded, failed, timed-out, cancelled, lost or skipped.',
    labels: ['worker', 'outcome'],
  },
  retries: {
    name: 'orchestrator_retries_total',
    instrument: 'orchestrator.retries',
    unit: '{attempt}',
    help: 'Attempts that failed, timed out or were lost, and were followed by a backoff for another one.',
    labels: ['worker'],
  },
  skipped: {
    name: 'orchestrator_skipped_total',
    instrument: 'orchestrator.skipped',
    unit: '{due_instant}',
    help: 'Due instants that started no run of their own, and runs that ended skipped, by reason.',
    labels: ['worker', 'reason'],
  },
} as const satisfies Record<string, Metric>;

export const HISTOGRAMS = {
  duration: {
    name: 'orchestrator_run_duration_seconds',
    instrument: 'orchestrator.run.duration',
    unit: 's',
    help: 'From the start of the first attempt to the end of the run, backoffs included; not of cancelled or skipped runs.',
    labels: ['worker'],
  },
  lateness: {
    name: 'orchestrator_run_lateness_seconds',
    instrument: 'orchestrator.run.lateness',
    unit: 's',
    help: 'From when a run was due to the start of its first attempt.',
    labels: ['worker'],
  },
  wait: {
    name: 'orchestrator_run_wait_seconds',
    instrument: 'orchestrator.run.wait',
    unit: 's',
    help: 'How long a gate held a run back, by reason code; a run that changes gates counts once for each.',
    labels: ['worker', 'reason'],
  },
  eventLoopLateness: {
    name: 'orchestrator_event_loop_lateness_seconds',
    instrument: 'orchestrator.event_loop.lateness',
    unit: 's',
    help: 'How late a timer came that fires ten times a second: what keeps the event loop makes workers late.',
    labels: [],
  },
} as const satisfies Record<string, Metric>;

/** Upper bounds in seconds: workers take from milliseconds to an hour. */
export const BUCKETS = [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3_600];

export const GAUGES = {
  workerState: {
    name: 'orchestrator_worker_state',
    instrument: 'orchestrator.worker.state',
    help: '1 for the state that the worker is in, 0 for the others.',
    labels: ['worker', 'state'],
    together: 'sum',
  },
  running: {
    name: 'orchestrator_worker_running',
    instrument: 'orchestrator.worker.running',
    unit: '{attempt}',
    help: 'Attempts that hold a place.',
    labels: ['worker'],
    together: 'sum',
  },
  waiting: {
    name: 'orchestrator_worker_waiting',
    instrument: 'orchestrator.worker.waiting',
    unit: '{run}',
    help: 'Runs that wait, be it for their delay or for a gate.',
    labels: ['worker'],
    together: 'sum',
  },
  abandoned: {
    name: 'orchestrator_worker_abandoned',
    instrument: 'orchestrator.worker.abandoned',
    unit: '{attempt}',
    help: 'Attempts that ignored their abort signal past the grace period and have not settled.',
    labels: ['worker'],
    together: 'sum',
  },
  failures: {
    name: 'orchestrator_worker_consecutive_failures',
    instrument: 'orchestrator.worker.consecutive_failures',
    unit: '{run}',
    help: 'Runs that ended failed, timed out or lost since the last success.',
    labels: ['worker'],
    together: 'most',
  },
  overdue: {
    name: 'orchestrator_worker_overdue_seconds',
    instrument: 'orchestrator.worker.overdue',
    unit: 's',
    help: 'How long an overdue worker has been due; 0 for one that is not overdue.',
    labels: ['worker'],
    together: 'most',
  },
  nextDue: {
    name: 'orchestrator_worker_next_due_timestamp_seconds',
    instrument: 'orchestrator.worker.next_due_timestamp',
    unit: 's',
    help: 'When the worker is next due, in Unix time; absent, or 0, where it is not going to be.',
    labels: ['worker'],
    together: 'least',
  },
  lastSuccess: {
    name: 'orchestrator_worker_last_success_timestamp_seconds',
    instrument: 'orchestrator.worker.last_success_timestamp',
    unit: 's',
    help: 'When a run of the worker last succeeded, in Unix time; absent, or 0, until one has.',
    labels: ['worker'],
    together: 'least',
  },
  state: {
    name: 'orchestrator_state',
    instrument: 'orchestrator.state',
    help: '1 for the state that the orchestrator is in, 0 for the others.',
    labels: ['state'],
    together: 'sum',
  },
  paused: {
    name: 'orchestrator_paused',
    instrument: 'orchestrator.paused',
    help: '1 while an operator holds everything, else 0.',
    labels: [],
    together: 'sum',
  },
  engineReachable: {
    name: 'orchestrator_engine_reachable',
    instrument: 'orchestrator.engine.reachable',
    help: '1 while the engine can do its work, else 0.',
    labels: [],
    together: 'sum',
  },
  capacity: {
    name: 'orchestrator_max_concurrent_workers',
    instrument: 'orchestrator.max_concurrent_workers',
    unit: '{attempt}',
    help: 'Most attempts that run at the same time.',
    labels: [],
    together: 'sum',
  },
  leader: {
    name: 'orchestrator_leader',
    instrument: 'orchestrator.leader',
    help: '1 on the replica that leads an engine of many, else 0.',
    labels: [],
    together: 'sum',
  },
  term: {
    name: 'orchestrator_leader_term',
    instrument: 'orchestrator.leader.term',
    help: 'How often the engine of many replicas has elected a leader.',
    labels: [],
    together: 'most',
  },
} as const satisfies Record<string, Gauge>;

export type CounterKey = keyof typeof COUNTERS;
export type HistogramKey = keyof typeof HISTOGRAMS;
export type GaugeKey = keyof typeof GAUGES;

export const GAUGE_KEYS = Object.keys(GAUGES) as readonly GaugeKey[];

export const METRICS: readonly Metric[] = [COUNTERS, HISTOGRAMS, GAUGES].flatMap((metrics) =>
  Object.values<Metric>(metrics),
);

export type Count = (by: number) => void;
export type Observe = (seconds: number) => void;

/** Where counts and durations go as they come. A series is asked for once, and lasts as long as the sink. */
export interface MetricSink {
  counter(counter: CounterKey, labels: Labels): Count;
  histogram(histogram: HistogramKey, labels: Labels): Observe;
}

/** One thing for each metric, by the same keys. */
export function eachOf<Key extends string, Thing>(
  metrics: Readonly<Record<Key, Metric>>,
  make: (metric: Metric, key: Key) => Thing,
): Readonly<Record<Key, Thing>> {
  const entries = Object.entries<Metric>(metrics) as [Key, Metric][];
  return Object.fromEntries(entries.map(([key, metric]) => [key, make(metric, key)])) as Readonly<
    Record<Key, Thing>
  >;
}
