import { RunCancelledError } from '../../core/errors.js';
import { imageOfError } from './error-image.js';
import type { AttemptJob, AttemptReport } from './messages.js';

/** How an attempt ends that must not begin. */
export function calledOffReport({
  order,
  calledOff,
}: Pick<AttemptJob, 'order'> & { readonly calledOff?: string | undefined }):
  AttemptReport | undefined {
  if (calledOff === undefined) return undefined;
  return {
    outcome: { status: 'cancelled', why: calledOff },
    error: imageOfError(new RunCancelledError(order.worker, order.runId, calledOff)),
  };
}
