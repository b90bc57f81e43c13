import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { defer, from, mergeMap } from 'rxjs';
import type { RunContext } from '../execution/run-context.js';
import { unsettledWork } from '../execution/unsettled-work.js';

/**
 * Stands between the interceptors and the method: where one of them gives a call up and makes another (`timeout()`, then
 * `retry()`), that waits until the method has settled. Otherwise it would overlap with itself.
 */
export const oneCallAtATime: NestInterceptor = {
  intercept(context: ExecutionContext, next: CallHandler) {
    const run = context.getArgByIndex<RunContext>(0);
    return defer(() => {
      const former = unsettledWork(run);
      const call = next.handle();
      return former === undefined ? call : from(former).pipe(mergeMap(() => call));
    });
  },
};
