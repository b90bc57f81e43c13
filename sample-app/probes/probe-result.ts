import type { Entry } from '../storage/series.js';

/** What one request to an endpoint found. */
export interface ProbeResult extends Entry {
  readonly url: string;
  readonly isUp: boolean;
  readonly detail: string;
  readonly durationMs: number;
}
