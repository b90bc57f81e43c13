import type { AttemptOutcome, Retry } from '../../../lib/core/attempt-outcome.js';

const failure = { name: 'Error', message: 'boom' };

export const succeeded: AttemptOutcome = { status: 'succeeded' };
export const failed: AttemptOutcome = { status: 'failed', failure, retry: 'by-policy' };
export const timedOut: AttemptOutcome = { status: 'timed-out', failure, retry: 'by-policy' };
export const lost: AttemptOutcome = { status: 'lost' };
export const skipped: AttemptOutcome = { status: 'skipped', why: 'nothing to do' };

export const failedWith = (retry: Retry): AttemptOutcome => ({ status: 'failed', failure, retry });
