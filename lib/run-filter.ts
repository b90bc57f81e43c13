import { assertOptions } from './assert-options.js';
import { OptionsError } from './core/errors.js';
import { RUN_STATUSES } from './core/run-status.js';
import type { RunFilter } from './core/view/run-view.js';

/** @throws OptionsError where it is none, or one that would let through everything, or nothing, by mistake */
export function assertRunFilter(filter: RunFilter): void {
  assertOptions('getRuns()', 'filter', filter, ['worker', 'status', 'limit']);
  const { status } = filter;
  if (status === undefined || RUN_STATUSES.includes(status)) return;
  throw new OptionsError('getRuns()', 'status', status, `use one of ${RUN_STATUSES.join(', ')}`);
}
