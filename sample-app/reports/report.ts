import type { Incident, Measure, Summary } from '../samples/sample.js';

export interface Report {
  /** Of the run that wrote it. */
  readonly id: string;
  readonly from: Date;
  readonly to: Date;
  readonly machine: Readonly<Record<Measure, Summary>>;
  readonly endpoints: readonly EndpointReport[];
  readonly incidents: readonly Incident[];
}

export interface EndpointReport {
  readonly url: string;
  readonly probes: number;
  /** The part of the probes that were answered. */
  readonly availability: number;
  readonly meanDurationMs: number;
}
