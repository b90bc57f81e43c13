import { Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { engineLab, nothingEscapes, sleepOn } from './engine-lab.js';

import type { VirtualClock } from '../../lib/testing/virtual-clock.js';

nothingEscapes();

type Work = (clock: VirtualClock, done: () => void) => unknown;

/** With `then` as a property, where a linter would take it for a mistake. */
const thenable = (then: (resolve: () => void) => void): object =>
  Object.fromEntries([['then', then]]);

class Deferred<Value> extends Promise<Value> {}

const AWAITED: Record<string, Work> = {
  'a promise': (clock, done) => sleepOn(clock)(15).then(done),
  'a thenable': (clock, done) =>
    thenable((resolve) => void sleepOn(clock)(15).then(done).then(resolve)),
  'a promise of a subclass': (clock, done) => Deferred.resolve(sleepOn(clock)(15)).then(done),
  'an Observable': (clock, done) =>
    new Observable((subscriber) => {
      void sleepOn(clock)(15).then(() => {
        done();
        subscriber.complete();
      });
    }),
  'an async iterable': async function* (clock, done) {
    await sleepOn(clock)(15);
    yield 'one';
    done();
  },
  'a generator': function* (clock, done) {
    yield sleepOn(clock)(15);
    done();
  },
};

describe('B22: a worker does not overlap with itself', () => {
  it.each(Object.entries(AWAITED))('while its body has returned %s', async (_, work) => {
    const { engine, clock, define } = engineLab();
    let [calls, running, most] = [0, 0, 0];
    await define('w', { interval: 10, overlap: 'queue' }, () => {
      calls++;
      most = Math.max(most, ++running);
      return work(clock, () => running--);
    });
    await engine.start();
    await clock.advance(2_000);
    expect(most).toBe(1);
    expect(calls).toBeGreaterThan(130);
  });

  it('but for what its body does not wait for, of which nobody can know', async () => {
    const { engine, clock, define } = engineLab();
    let [running, most] = [0, 0];
    await define('w', { interval: 10 }, () => {
      most = Math.max(most, ++running);
      void sleepOn(clock)(15).then(() => running--);
    });
    await engine.start();
    await clock.advance(200);
    expect(most).toBe(2);
  });

  it('and a function that its body returns is not called', async () => {
    const { engine, clock, define } = engineLab();
    let calls = 0;
    await define('w', { interval: 10 }, () => () => ++calls);
    await engine.start();
    await clock.advance(200);
    expect(calls).toBe(0);
    expect((await engine.worker('w')).counts).toMatchObject({ succeeded: 21 });
  });
});
