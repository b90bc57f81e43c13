import type { Queue } from 'bullmq';
import { within } from './deadline.js';

/** @returns whether the attempt was waiting to be picked up, and now will not be */
export async function withdrawAttempt(
  queue: Queue,
  jobId: string,
  patienceMs: number,
): Promise<boolean> {
  try {
    const state = await within(patienceMs, 'looking for a run', queue.getJobState(jobId));
    // What has ended could be removed too, and its report with it.
    if (state !== 'waiting' && state !== 'delayed') return false;
    return (await within(patienceMs, 'withdrawing a run', queue.remove(jobId))) === 1;
  } catch {
    // It is locked, as somebody works on it or just puts it back; or the store does not say.
    return false;
  }
}
