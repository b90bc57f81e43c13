import { EventEmitter } from 'node:events';
import { DelayedError, type Worker } from 'bullmq';
import { describe, expect, it } from 'vitest';
import { Fetchers } from '../../lib/engine/bullmq/fetchers.js';
import type { AttemptReport } from '../../lib/engine/bullmq/messages.js';
import type { Store } from '../../lib/engine/bullmq/store.js';
import { VirtualClock } from '../../lib/testing/virtual-clock.js';
import { deferred } from './engine-lab.js';

interface Options {
  readonly concurrency: number;
  readonly autorun: boolean;
}

/** Like a worker of BullMQ, in what is asked of it. */
class FakeFetcher extends EventEmitter {
  concurrency: number;
  hasLetGo = false;
  /** Whether its loop has found that it is paused, and is just being left. */
  isStopping = false;
  private paused = false;
  private running: boolean;

  constructor(
    readonly process: (job: unknown) => Promise<unknown>,
    { concurrency, autorun }: Options,
  ) {
    super();
    this.concurrency = concurrency;
    this.running = autorun;
  }

  get isAwake(): boolean {
    return this.running && !this.paused;
  }

  isPaused(): boolean {
    return this.paused;
  }

  isRunning(): boolean {
    return this.running;
  }

  async pause(doNotWaitActive = false): Promise<void> {
    if (this.paused) return;
    this.paused = true;
    if (!doNotWaitActive) this.hasLetGo = true;
  }

  async resume(): Promise<void> {
    this.paused = false;
    this.running = true;
    if (!this.isStopping) return;
    this.isStopping = false;
    await Promise.resolve();
    this.running = false;
  }

  async close(): Promise<void> {
    this.running = false;
  }
}

/** Of a replica with so many places, whose runs the test ends. */
function fetchersWith(places: number) {
  const all: FakeFetcher[] = [];
  const store = {
    worker: (_name: string, process: FakeFetcher['process'], options: Options) => {
      const fetcher = new FakeFetcher(process, options);
      all.push(fetcher);
      return fetcher;
    },
  };
  const running = new Map<string, ReturnType<typeof deferred<void>>>();
  const reported: string[] = [];
  const execute = async ({ id = '' }: { readonly id?: string }): Promise<AttemptReport> => {
    const body = deferred();
    running.set(id, body);
    await body.promise;
    return { returned: 'unbegun' };
  };
  const clock = new VirtualClock();
  const fetchers = new Fetchers(
    store as unknown as Store,
    ...(['a', places, 6_000, clock, execute] as const),
    (jobId) => {
      reported.push(jobId);
    },
  );
  const [first, helper] = all;
  const ended = new Map<string, Promise<unknown>>();
  return {
    ...{ fetchers, first: first!, helper, reported, clock },
    begin(...ids: readonly string[]): void {
      for (const id of ids) ended.set(id, first!.process({ id }));
    },
    async end(id: string, error?: Error): Promise<void> {
      if (error === undefined) running.get(id)?.resolve();
      else running.get(id)?.reject(error);
      await ended.get(id)?.catch(() => undefined);
    },
    report: (id: string) => first!.emit('completed', { id }, { returned: 'unbegun' }),
  };
}

describe('Those who pick up runs', () => {
  it.each([
    [1, [1]],
    [2, [1, 1]],
    [3, [2, 1]],
    [10, [5, 5]],
  ])('have the %i places of their replica among them', (places, shares) => {
    const { first, helper } = fetchersWith(places);
    expect([first, helper].flatMap((each) => each?.concurrency ?? [])).toEqual(shares);
  });

  it('are one as long as there is one run at a time', async () => {
    const { begin, end, report, first, helper } = fetchersWith(10);
    for (const id of ['a', 'b']) {
      begin(id);
      expect([first.isAwake, helper?.isAwake]).toEqual([true, false]);
      await end(id);
      report(id);
    }
  });

  it('are more from the second run at once on, until the store knows of the ends of all', async () => {
    const { begin, end, report, helper } = fetchersWith(10);
    begin('a', 'b');
    expect(helper?.isAwake).toBe(true);

    await end('a');
    await end('b');
    report('a');
    expect(helper?.isAwake).toBe(true);

    report('b');
    expect(helper?.isAwake).toBe(false);
    begin('c', 'd');
    expect(helper?.isAwake).toBe(true);
  });

  it('are more from the first run on where there is no other place for the next', () => {
    const { begin, helper } = fetchersWith(2);
    begin('a');
    expect(helper?.isAwake).toBe(true);
  });

  it('count no run that was put back', async () => {
    const { begin, end, report, helper } = fetchersWith(10);
    begin('unknown', 'a');
    await end('unknown', new DelayedError());
    await end('a');
    report('a');
    expect(helper?.isAwake).toBe(false);
  });

  it('count one whose end the store does not take no longer than its lease', async () => {
    const { begin, end, report, helper, clock } = fetchersWith(10);
    begin('refused', 'a');
    await end('refused');
    await end('a');
    report('a');
    expect(helper?.isAwake).toBe(true);

    await clock.advance('7s');
    begin('b');
    await end('b');
    report('b');
    expect(helper?.isAwake).toBe(false);
  });

  it('wake one that was just about to stop running', async () => {
    const { begin, helper } = fetchersWith(2);
    await helper?.resume();
    await helper?.pause(true);
    helper!.isStopping = true;
    begin('a');
    await new Promise(setImmediate);
    expect(helper?.isAwake).toBe(true);
  });

  it('tell what the store knows', async () => {
    const { begin, end, report, reported } = fetchersWith(10);
    begin('a');
    await end('a');
    expect(reported).toEqual([]);
    report('a');
    expect(reported).toEqual(['a']);
  });

  it('let go of what they wait for when they rest, asleep or not, and wake nobody after that', async () => {
    const { fetchers, begin, end, report, first, helper } = fetchersWith(10);
    begin('a', 'b');
    for (const id of ['a', 'b']) {
      await end(id);
      report(id);
    }
    await fetchers.rest();
    expect([first.hasLetGo, helper?.hasLetGo]).toEqual([true, true]);

    begin('c', 'd');
    expect([first.isAwake, helper?.isAwake]).toEqual([false, false]);
  });

  it('have one place more while an abandoned attempt holds none, and do not count it', async () => {
    const { fetchers, begin, end, report, first, helper } = fetchersWith(4);
    begin('abandoned', 'a');
    fetchers.makeRoom(first as unknown as Worker, 'abandoned');
    expect(first).toMatchObject({ concurrency: 3, isAwake: true });
    await end('a');
    report('a');
    expect(helper?.isAwake).toBe(false);

    fetchers.takeRoomBack(first as unknown as Worker);
    expect(first).toMatchObject({ concurrency: 2 });
  });
});
