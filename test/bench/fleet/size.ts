export interface Size {
  readonly url: string;
  readonly prefix: string;
  readonly runs: number;
}

/** Runs at once. */
export const PLACES = 10;
/** Of which the latency is measured, one after the other. */
export const SINGLE_RUNS = 200;
