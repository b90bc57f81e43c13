import type { OrchestratorEvent } from './event.js';

/** What the engine must do, in order. */
export type Effect =
  | { readonly type: 'start-attempt'; readonly attempt: AttemptOrder }
  | {
      readonly type: 'abort-attempt';
      readonly runId: string;
      readonly number: number;
      readonly worker: string;
      readonly why: string;
    }
  | {
      /** `waiter` waits for `awaited` inside its own run, and neither can end first. */
      readonly type: 'deadlock';
      readonly waiter: string;
      readonly awaited: string;
      readonly chain: readonly string[];
    }
  | OrchestratorEvent;

/** Everything an attempt is told. */
export interface AttemptOrder {
  readonly runId: string;
  readonly worker: string;
  readonly number: number;
  readonly payload: unknown;
  /** Wall-clock time. */
  readonly scheduledAt: number;
  readonly missedCount: number;
  /** Wall-clock time. */
  readonly lastSuccessAt: number | undefined;
}
