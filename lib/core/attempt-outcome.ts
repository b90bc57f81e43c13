import type { Failure } from './failure.js';

/** Whether another attempt makes sense, as far as the error says. */
export type Retry = 'by-policy' | 'never' | { readonly afterMs: number };

/** How one attempt ended. */
export type AttemptOutcome =
  | { readonly status: 'succeeded' }
  | {
      readonly status: 'failed' | 'timed-out';
      readonly failure: Failure;
      readonly retry: Retry;
    }
  | { readonly status: 'lost' }
  | { readonly status: 'cancelled'; readonly why: string }
  | { readonly status: 'skipped'; readonly why: string };
