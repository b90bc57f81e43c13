import type { Queue } from 'bullmq';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RunOrigin } from '../../lib/core/run-status.js';
import { Grants, type Knowledge } from '../../lib/engine/bullmq/grants.js';
import type { AttemptJob } from '../../lib/engine/bullmq/messages.js';
import { deferred } from './engine-lab.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const DOWN = new Error('the store is down');

/** To a store that says how it takes each call, in turn. */
function grantsTo(...calls: readonly (() => Promise<void>)[]) {
  const left = [...calls];
  const sent: string[] = [];
  const knew: number[] = [];
  const queue = {
    add: async (_name: string, { order, calledOff = '', unstored = [], knows }: AttemptJob) => {
      knew.push(knows);
      const others = unstored.map(({ id, attempts }) => `without ${id}, ${String(attempts)} made`);
      sent.push([order.runId, calledOff, ...others].filter(Boolean).join(' '));
      await left.shift()?.();
    },
    getJobState: async () => 'waiting',
    remove: async () => 1,
  };
  const problems: unknown[] = [];
  const lease = { isHeld: true };
  const known: { latest: number | undefined } = { latest: undefined };
  const grants = new Grants(
    queue as unknown as Queue,
    1_000,
    () => lease.isHeld,
    () => (known.latest === undefined ? undefined : ({ knows: known.latest } as Knowledge)),
    (error) => problems.push(error),
  );
  const grant = (...runs: readonly string[]): void => {
    for (const runId of runs) grants.grant(attempt(runId));
  };
  return { grants, grant, queue, sent, knew, known, lease, problems };
}

/** Each of a worker of its own, by default. */
function attempt(
  runId: string,
  worker = `worker of ${runId}`,
  origin: RunOrigin = 'schedule',
): AttemptJob {
  const run = { id: runId, origin, attempts: 1 };
  return { token: 1, order: { runId, number: 1, worker }, run, knows: 1 } as AttemptJob;
}

const takes = () => Promise.resolve();
const refuses = () => Promise.reject(DOWN);
const turn = () => vi.advanceTimersByTimeAsync(0);

describe('Runs that are granted', () => {
  it('do not wait for each other', async () => {
    const { grant, sent } = grantsTo(() => deferred().promise);
    grant('a');
    await turn();
    grant('b');
    await turn();
    expect(sent).toEqual(['a', 'b']);
  });

  it('and have ended in the same turn are not sent', async () => {
    const { grants, grant, sent } = grantsTo();
    grant('a', 'b');
    grants.end('a.1.1');
    await turn();
    expect(sent).toEqual(['b']);
  });

  it('and withdrawn in the same turn are not sent', async () => {
    const { grants, grant, sent } = grantsTo();
    grant('a', 'b');
    expect(await grants.withdraw(grants.get('a.1.1')!)).toBe(true);
    await turn();
    expect(sent).toEqual(['b']);
  });

  it('and that the store refuses are sent again, and complained of once', async () => {
    const { grant, sent, problems } = grantsTo(refuses, refuses);
    grant('a', 'b');
    await turn();
    await vi.advanceTimersByTimeAsync(500);
    await vi.advanceTimersByTimeAsync(10_000);

    expect(sent).toEqual(['a', 'b', 'a', 'b']);
    expect(problems).toEqual([DOWN]);
  });

  it('and that the store refuses again are sent until it takes them', async () => {
    const { grants, grant, sent, problems } = grantsTo(refuses, refuses, takes);
    grant('a');
    await vi.advanceTimersByTimeAsync(10_000);

    expect(sent).toEqual(['a', 'a', 'a']);
    expect(problems).toEqual([DOWN, DOWN]);
    expect(grants.get('a.1.1')).toMatchObject({ isStored: true });
  });

  it('and that have ended before they are sent again stay where they are', async () => {
    const { grants, grant, sent } = grantsTo(refuses);
    grant('a');
    await turn();
    grants.end('a.1.1');
    await vi.advanceTimersByTimeAsync(500);
    expect(sent).toEqual(['a']);
  });

  it('and that must not begin any more are sent again as such: the store may have them', async () => {
    const { grants, grant, sent } = grantsTo(refuses);
    grant('a');
    await turn();
    grants.get('a.1.1')!.calledOff = 'nobody waits for it';
    await vi.advanceTimersByTimeAsync(500);
    expect(sent).toEqual(['a', 'a nobody waits for it']);
  });

  it('are not known to be back while they are sent again', async () => {
    const again = deferred();
    const { grants, grant } = grantsTo(refuses, () => again.promise);
    grant('a');
    await turn();
    await vi.advanceTimersByTimeAsync(500);
    const one = grants.get('a.1.1')!;
    const isBack = grants.withdraw(one);
    again.resolve();
    await turn();
    expect(await isBack).toBe(false);
    expect(await grants.withdraw(one)).toBe(true);
  });

  it('are not known to be back where they are sent again meanwhile', async () => {
    const removed = deferred();
    const { grants, grant, queue } = grantsTo(refuses, () => deferred().promise);
    queue.remove = () => removed.promise.then(() => 1);
    grant('a');
    await turn();
    const isBack = grants.withdraw(grants.get('a.1.1')!);
    await vi.advanceTimersByTimeAsync(500);
    removed.resolve();
    expect(await isBack).toBe(false);
  });

  it('and that the store refuses after the leader has stopped are left to the next one', async () => {
    const refusal = deferred();
    const { grants, grant, sent, problems } = grantsTo(() => refusal.promise.then(refuses));
    grant('a');
    await turn();
    grants.stop();
    refusal.resolve();
    await vi.advanceTimersByTimeAsync(500);

    expect(sent).toEqual(['a']);
    expect(problems).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('are not sent again while the lease is renewed late: another may lead, and have granted them', async () => {
    const { grant, sent, lease } = grantsTo(refuses);
    grant('a');
    await turn();
    lease.isHeld = false;
    await vi.advanceTimersByTimeAsync(2_000);
    expect(sent).toEqual(['a']);

    lease.isHeld = true;
    await vi.advanceTimersByTimeAsync(500);
    expect(sent).toEqual(['a', 'a']);
  });

  it('are sent no more once the leader has stopped', async () => {
    const { grants, grant, sent } = grantsTo(refuses);
    grant('a');
    await turn();
    grants.stop();
    expect(vi.getTimerCount()).toBe(0);
    expect(sent).toEqual(['a']);
  });
});

describe('What is granted of a worker whose other due instants are claimed', () => {
  it('tells of those in the same turn: it knows that they are claimed, and may be in the store alone', async () => {
    const { grants, sent } = grantsTo();
    grants.grant(attempt('a', 'work'));
    grants.grant(attempt('b', 'work'));
    grants.grant(attempt('c', 'another'));
    await turn();
    expect(sent).toEqual(['a without b, 0 made', 'b without a, 0 made', 'c']);
  });

  it('tells of those before that the store does not have yet, and no longer', async () => {
    const stored = deferred();
    const { grants, sent } = grantsTo(() => stored.promise);
    grants.grant(attempt('a', 'work'));
    await turn();
    grants.grant(attempt('b', 'work', 'trigger'));
    await turn();
    stored.resolve();
    await turn();
    grants.grant(attempt('c', 'work', 'trigger'));
    await turn();
    expect(sent).toEqual(['a', 'b without a, 0 made', 'c']);
  });

  it('tells of those that the store refuses, but for what is over, or must not begin', async () => {
    const { grants, sent } = grantsTo(refuses, refuses, refuses);
    for (const run of ['a', 'b', 'c']) {
      grants.grant(attempt(run, 'work'));
      await turn();
    }
    grants.end('a.1.1');
    grants.get('b.1.1')!.calledOff = 'enough';
    grants.grant(attempt('d', 'work', 'trigger'));
    await turn();
    expect(sent.at(-1)).toBe('d without c, 0 made');
  });

  it('does not tell of what was triggered, which claims nothing, nor of second attempts', async () => {
    const { grants, sent } = grantsTo();
    grants.grant(attempt('a', 'work', 'trigger'));
    const again = attempt('b', 'work');
    grants.grant({ ...again, order: { ...again.order, number: 2 } });
    grants.grant(attempt('c', 'work', 'trigger'));
    await turn();
    expect(sent).toEqual(['a', 'b', 'c']);
  });
});

describe('What is granted is sent with what its worker is remembered by', () => {
  it('then, and when it is sent again', async () => {
    const { grant, knew, known } = grantsTo(refuses);
    grant('a');
    known.latest = 2;
    await turn();
    known.latest = 3;
    await vi.advanceTimersByTimeAsync(500);
    expect(knew).toEqual([2, 3]);
  });

  it('when it was granted, where that is unregistered since', async () => {
    const { grant, knew } = grantsTo();
    grant('a');
    await turn();
    expect(knew).toEqual([1]);
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
    expect(sent).toEqual(['a', 'a']);
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
