import { RunCancelledError } from '../../core/errors.js';
import { imageOfError } from './error-image.js';
import type { AttemptJob, AttemptReport } from './messages.js';

/** How an attempt ends that must not begin. @param why it was aborted, if it was */
export function calledOffReport(
  { order }: AttemptJob,
  why: string | undefined,
): AttemptReport | undefined {
  if (why === undefined) return undefined;
  return {
    outcome: { status: 'cancelled', why },
    error: imageOfError(new RunCancelledError(order.worker, order.runId, why)),
  };
}
