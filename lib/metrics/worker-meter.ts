import type { HoldReason, SkipReason } from '../index.js';
import type { Count, CounterKey, HistogramKey, MetricSink, Observe } from './catalogue.js';
import { OnDemand } from './on-demand.js';

export const OUTCOMES = [
  'succeeded',
  'failed',
  'timed-out',
  'cancelled',
  'lost',
  'skipped',
] as const;

export type Outcome = (typeof OUTCOMES)[number];

/** What is counted and measured of one worker. Each series begins with its first value, and is found without its labels. */
export class WorkerMeter {
  readonly ends: OnDemand<Outcome, Count>;
  readonly skips: OnDemand<SkipReason, Count>;
  readonly waits: OnDemand<HoldReason, Observe>;
  private readonly counts: OnDemand<CounterKey, Count>;
  private readonly durations: OnDemand<HistogramKey, Observe>;

  constructor(sink: MetricSink, worker: string) {
    this.ends = new OnDemand((outcome) => sink.counter('runs', { worker, outcome }));
    this.skips = new OnDemand((reason) => sink.counter('skipped', { worker, reason }));
    this.waits = new OnDemand((reason) => sink.histogram('wait', { worker, reason }));
    this.counts = new OnDemand((counter) => sink.counter(counter, { worker }));
    this.durations = new OnDemand((histogram) => sink.histogram(histogram, { worker }));
  }

  get retries(): Count {
    return this.counts.of('retries');
  }

  get duration(): Observe {
    return this.durations.of('duration');
  }

  get lateness(): Observe {
    return this.durations.of('lateness');
  }
}
