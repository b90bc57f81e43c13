import { describe, expect, it } from 'vitest';
import {
  failed,
  schedulerOf,
  schedulerWith,
  succeeded,
  worker,
} from '../support/core/scheduler-with.js';

describe('What is kept is bounded', () => {
  it('by the history, per worker, newest first', () => {
    const scheduler = schedulerOf({ history: 3 }, worker('a'), worker('b'));
    for (let run = 1; run <= 10; run++) {
      scheduler.trigger('a', {}, run);
      scheduler.end('a', run % 2 === 0 ? succeeded : succeeded, run);
    }
    scheduler.trigger('b');

    expect(scheduler.runs('a').map(({ scheduledAt }) => scheduledAt.getTime())).toEqual([10, 9, 8]);
    expect(scheduler.runs()).toHaveLength(4);
    expect(scheduler.explain('a').past).toHaveLength(3);
  });

  it('by a history of 0, which keeps only what lives', () => {
    const scheduler = schedulerOf({ history: 0 }, worker('a'));
    const { runId } = scheduler.trigger('a');
    expect(scheduler.core.viewRun(runId)).toBeDefined();
    scheduler.end('a', succeeded, 1);

    expect(scheduler.core.viewRun(runId)).toBeUndefined();
    expect(scheduler.view('a')).toMatchObject({
      lastSuccess: new Date(1),
      counts: { succeeded: 1 },
    });
  });

  it('by the history also for skipped due instants', () => {
    const scheduler = schedulerOf({ history: 3 }, worker('a', { interval: 10 }));
    scheduler.tick(1_000);

    expect(scheduler.explain('a').skipped).toHaveLength(3);
    expect(scheduler.view('a').counts.skipped).toBe(100);
  });

  it('without payloads of ended runs', () => {
    const scheduler = schedulerWith(worker('a'));
    const payload = {};
    scheduler.trigger('a', { payload });
    scheduler.end('a', succeeded, 1);

    expect(JSON.stringify(scheduler.runs())).not.toContain('payload');
  });

  it('to a few holds of each run', () => {
    const scheduler = schedulerWith(
      worker('one', { blocks: 'a' }),
      worker('two', { blocks: 'a', priority: 3 }),
      worker('a', { priority: 0 }),
    );
    scheduler.trigger('one');
    scheduler.trigger('a');
    for (let at = 1; at < 50; at++) {
      const [now, next] = at % 2 === 0 ? (['two', 'one'] as const) : (['one', 'two'] as const);
      scheduler.trigger(next, { priority: 3 });
      scheduler.end(now, succeeded, at);
    }

    expect(scheduler.runs('a')[0]!.waits.length).toBeLessThanOrEqual(9);
  });

  it('in 20 000 runs of a fast worker', () => {
    const scheduler = schedulerOf(
      { history: 5 },
      worker('fast', { interval: 1, maxRetries: 0, maxConsecutiveFailures: 0 }),
    );
    for (let at = 0; at < 20_000; at++)
      scheduler.end('fast', at % 3 === 0 ? failed : succeeded, at);

    expect(scheduler.runs().length).toBeLessThanOrEqual(6);
    expect(scheduler.status()).toMatchObject({ running: 0, waiting: 0 });
  });
});

describe('Workers that come and go', () => {
  it('leave nothing behind, though each had its own tag and its own target', () => {
    const scheduler = schedulerWith();
    for (let n = 0; n < 100; n++) {
      scheduler.define(worker(`w${n}`, { tags: [`t${n}`], blocks: [`tag:t${n}x`] }));
      scheduler.step((core, now) => core.remove(`w${n}`, now));
    }
    const { state } = scheduler.core as unknown as {
      state: { blockers: Map<string, unknown>; tagged: Map<string, unknown> };
    };
    expect([state.blockers.size, state.tagged.size]).toEqual([0, 0]);
  });
});
