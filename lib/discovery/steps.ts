import { Observable } from 'rxjs';
import type { RunContext } from '../execution/run-context.js';
import { holdOpen } from '../execution/unsettled-work.js';
import { walk, type Walkable } from '../execution/walk.js';

/**
 * The steps of an async iterable or a generator, for those who take part in Observables only.
 *
 * Unlike with `from()`, whoever unsubscribes makes it end at once, and the attempt goes on until it has.
 */
export function stepsOf(source: Walkable, run: RunContext): Observable<unknown> {
  return new Observable((subscriber) => {
    const unsubscribed = new AbortController();
    const walked = walk(source, unsubscribed.signal, (value) => {
      subscriber.next(value);
    });
    holdOpen(run, walked).then(
      () => {
        subscriber.complete();
      },
      (error: unknown) => {
        subscriber.error(error);
      },
    );
    return () => {
      unsubscribed.abort();
    };
  });
}
