import type { Queue } from 'bullmq';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Grants } from '../../lib/engine/bullmq/grants.js';
import type { AttemptJob } from '../../lib/engine/bullmq/messages.js';
import { deferred } from './engine-lab.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const DOWN = new Error('the store is down');

/** To a store that says how it takes each call, in turn. */
function grantsTo(...calls: readonly (() => Promise<void>)[]) {
  const left = [...calls];
  const sent: string[][] = [];
  const send = async (jobs: readonly AttemptJob[]): Promise<void> => {
    sent.push(
      jobs.map(({ order, calledOff = '' }) => [order.runId, calledOff].join(' ').trimEnd()),
    );
    await left.shift()?.();
  };
  const queue = {
    add: (_name: string, job: AttemptJob) => send([job]),
    getJobState: async () => 'waiting',
    remove: async () => 1,
    addBulk: (jobs: readonly { data: AttemptJob }[]) => send(jobs.map(({ data }) => data)),
  };
  const problems: unknown[] = [];
  const grants = new Grants(queue as unknown as Queue, 1_000, (error) => problems.push(error));
  const grant = (...runs: readonly string[]): void => {
    for (const runId of runs) grants.grant(attempt(runId));
  };
  return { grants, grant, sent, problems };
}

/** Each of a worker of its own, by default. */
function attempt(runId: string, worker = `worker of ${runId}`): AttemptJob {
  return { token: 1, order: { runId, number: 1, worker } } as AttemptJob;
}

const takes = () => Promise.resolve();
const refuses = () => Promise.reject(DOWN);
const turn = () => vi.advanceTimersByTimeAsync(0);

describe('Runs that are granted', () => {
  it('in one turn go together', async () => {
    const { grant, sent } = grantsTo(takes);
    grant('a', 'b');
    await turn();
    expect(sent).toEqual([['a', 'b']]);
  });

  it('while others are on their way do not wait for those', async () => {
    const { grant, sent } = grantsTo(() => deferred().promise);
    grant('a');
    await turn();
    grant('b');
    await turn();
    expect(sent).toEqual([['a'], ['b']]);
  });

  it('and that the store refuses are sent again together, and complained of once', async () => {
    const { grant, sent, problems } = grantsTo(refuses, refuses);
    grant('a');
    await turn();
    grant('b');
    await turn();
    await vi.advanceTimersByTimeAsync(500);
    await vi.advanceTimersByTimeAsync(10_000);

    expect(sent).toEqual([['a'], ['b'], ['a', 'b']]);
    expect(problems).toEqual([DOWN]);
  });

  it('and that have ended before they are sent again stay where they are', async () => {
    const { grants, grant, sent } = grantsTo(refuses);
    grant('a');
    await turn();
    grants.end('a.1.1');
    await vi.advanceTimersByTimeAsync(500);
    expect(sent).toEqual([['a']]);
  });

  it('and that must not begin any more are sent again as such: the store may have them', async () => {
    const { grants, grant, sent } = grantsTo(refuses);
    grant('a');
    await turn();
    grants.get('a.1.1')!.calledOff = 'nobody waits for it';
    await vi.advanceTimersByTimeAsync(500);
    expect(sent).toEqual([['a'], ['a nobody waits for it']]);
  });

  it('together, and one by one where that fails, leave out what is over, and say what must not begin', async () => {
    const refusal = deferred();
    const { grants, grant, sent } = grantsTo(() => refusal.promise.then(refuses));
    grant('a', 'b', 'c');
    await turn();
    grants.end('a.1.1');
    grants.get('b.1.1')!.calledOff = 'enough';
    refusal.resolve();
    await turn();
    expect(sent).toEqual([['a', 'b', 'c'], ['b enough'], ['c']]);
  });

  it('are not known to be back while they are sent again', async () => {
    const again = deferred();
    const { grants, grant } = grantsTo(refuses, () => again.promise);
    grant('a');
    await turn();
    await vi.advanceTimersByTimeAsync(500);
    const one = grants.get('a.1.1')!;
    expect(await grants.withdraw(one)).toBe(false);

    again.resolve();
    await turn();
    expect(await grants.withdraw(one)).toBe(true);
  });

  it('after one of the same worker that the store refuses wait for that', async () => {
    const { grants, sent } = grantsTo(refuses);
    grants.grant(attempt('a', 'work'));
    await turn();
    for (const [run, worker] of [
      ['b', 'work'],
      ['c', 'another'],
    ] as const) {
      grants.grant(attempt(run, worker));
    }
    await turn();
    expect(sent).toEqual([['a'], ['c']]);

    await vi.advanceTimersByTimeAsync(500);
    expect(sent).toEqual([['a'], ['c'], ['a', 'b']]);
  });

  it('and that the store refuses after the leader has stopped are left to the next one', async () => {
    const refusal = deferred();
    const { grants, grant, sent, problems } = grantsTo(() => refusal.promise.then(refuses));
    grant('a', 'b');
    await turn();
    grants.stop();
    refusal.resolve();
    await vi.advanceTimersByTimeAsync(500);

    expect(sent).toEqual([['a', 'b']]);
    expect(problems).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('are sent no more once the leader has stopped', async () => {
    const { grants, grant, sent } = grantsTo(refuses);
    grant('a');
    await turn();
    grants.stop();
    await vi.advanceTimersByTimeAsync(500);
    expect(sent).toEqual([['a']]);
  });
});

describe('Whoever has asked for a run that is granted at once', () => {
  it('is told when the store has it', async () => {
    const stored = deferred();
    const { grants, grant } = grantsTo(() => stored.promise);
    grant('a', 'b');
    const storing = grants.storing('a')?.then(() => 'stored');
    await turn();
    expect(await Promise.race([storing, Promise.resolve('on its way')])).toBe('on its way');

    stored.resolve();
    expect(await storing).toBe('stored');
  });

  it('is told when the store refuses it, though it is sent again', async () => {
    const { grants, grant, sent } = grantsTo(refuses);
    grant('a');
    const refused = expect(grants.storing('a')).rejects.toThrow(DOWN);
    await vi.advanceTimersByTimeAsync(500);
    await refused;
    expect(sent).toEqual([['a'], ['a']]);
  });

  it('waits no more where it is over before the store has it', async () => {
    const { grants, grant } = grantsTo(() => deferred().promise);
    grant('a');
    const storing = grants.storing('a');
    await turn();
    grants.end('a.1.1');
    await storing;
  });

  it('is told when the leader stops before the store has it', async () => {
    const { grants, grant } = grantsTo(() => deferred().promise);
    grant('a');
    const refused = expect(grants.storing('a')).rejects.toMatchObject({
      code: 'ENGINE_UNAVAILABLE',
    });
    await turn();
    grants.stop();
    await refused;
  });

  it('has nothing to wait for where it was granted before, or not', async () => {
    const { grants, grant } = grantsTo(takes);
    grant('a');
    await turn();
    expect(grants.storing('a')).toBeUndefined();
    expect(grants.storing('unknown')).toBeUndefined();
  });
});
