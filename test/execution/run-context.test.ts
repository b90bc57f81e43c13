import { describe, expect, it, vi } from 'vitest';
import type { Duration } from '../../lib/core/duration.js';
import type { RunContext } from '../../lib/execution/run-context.js';
import { attemptLab, guardTheProcess } from './attempt-lab.js';

const never = () => new Promise<never>(() => undefined);

guardTheProcess();

describe('The context of a run', () => {
  it('tells the body about its run', async () => {
    const { clock, start, logger } = attemptLab();
    const about = {
      runId: 'run-7',
      worker: 'invoices',
      payload: { customer: 3 },
      scheduledAt: new Date('2026-05-01T00:00:00Z'),
      missedCount: 2,
      lastSuccessAt: new Date('2026-04-30T00:00:00Z'),
      fencingToken: 9,
    };
    const body = vi.fn<(run: RunContext) => void>();
    const [scheduledAt, lastSuccessAt] = [+about.scheduledAt, +about.lastSuccessAt];
    start(body, { ...about, scheduledAt, lastSuccessAt, number: 3 });
    await clock.advance(0);

    const run = body.mock.calls[0]?.[0];
    expect(run).toMatchObject({ ...about, attempt: 3 });
    expect(run?.logger).toBe(logger);
  });

  it('gives each attempt a payload of its own, the same whenever it is asked', async () => {
    const { clock, start } = attemptLab();
    const payload = { open: [1, 2] };
    const seen: unknown[] = [];
    const body = (run: RunContext): void => {
      seen.push(structuredClone(run.payload));
      (run.payload as typeof payload).open.pop();
      expect(run.payload).toEqual({ open: [1] });
    };
    start(body, { payload });
    start(body, { payload, number: 2 });
    await clock.advance(0);

    expect(seen).toEqual([{ open: [1, 2] }, { open: [1, 2] }]);
    expect(payload).toEqual({ open: [1, 2] });
  });

  it('makes its logger when that is first used, and once', async () => {
    const { clock, start, logger } = attemptLab();
    const factory = vi.fn(() => logger);
    start(() => undefined, { logger: factory });
    await clock.advance(0);
    expect(factory).not.toHaveBeenCalled();

    const { attempt } = start(
      (run) => {
        run.logger.log('one');
        run.logger.log('two');
      },
      { logger: factory },
    );
    await clock.advance(0);
    expect(factory.mock.calls).toEqual([[attempt]]);
  });

  it('works when it is taken apart', async () => {
    const { clock, start, sleep } = attemptLab();
    const { told, progress } = start(async ({ progress, extendTimeout, signal, logger }) => {
      extendTimeout('5s');
      progress(0.5);
      await sleep(2_000);
      logger.log(String(signal.aborted));
    });
    await clock.advance('1h');

    expect(told).toEqual(['succeeded at 2000']);
    expect(progress).toEqual([[0.5, undefined]]);
  });
});

describe('The signal of a run', () => {
  it('is one and the same', async () => {
    const { clock, start } = attemptLab();
    const { values } = start((run) => run.signal === run.signal);
    await clock.advance(0);
    expect(values).toEqual([true]);
  });

  it('is not aborted by an attempt that ends by itself', async () => {
    const { clock, start } = attemptLab();
    const { values } = start((run) => run);
    await clock.advance('1h');
    expect((values[0] as RunContext).signal.aborted).toBe(false);
  });

  it('is aborted already where it is first asked for after the abort', async () => {
    const { clock, start, sleep } = attemptLab();
    let late: AbortSignal | undefined;
    const { values } = start(async (run) => {
      await sleep(1_050);
      late = run.signal;
    });
    await clock.advance('1h');

    expect(late?.aborted).toBe(true);
    expect(late?.reason).toBe(values[0]);
  });
});

describe('progress', () => {
  it.each([
    [0.25, 0.25],
    [0, 0],
    [1, 1],
    [-3, 0],
    [17, 1],
    [Infinity, 1],
    [-Infinity, 0],
  ])('reports %d as %d', async (given, reported) => {
    const { clock, start } = attemptLab();
    const { progress } = start((run) => run.progress(given, 'on it'));
    await clock.advance(0);

    expect(progress).toEqual([[reported, 'on it']]);
  });

  it.each([NaN, undefined, '0.9', Symbol('x'), 1n])(
    'stays where it was when given %s, and takes the message',
    async (given) => {
      const { clock, start } = attemptLab();
      const { progress } = start((run) => {
        run.progress(given as number, 'begun');
        run.progress(0.5);
        run.progress(given as number, 'still here');
      });
      await clock.advance(0);

      expect(progress).toEqual([
        [0, 'begun'],
        [0.5, undefined],
        [0.5, 'still here'],
      ]);
    },
  );

  it('bounds its message, and drops what is no text', async () => {
    const { clock, start } = attemptLab();
    const { progress } = start((run) => {
      run.progress(0.1, 'x'.repeat(1_000_000));
      run.progress(0.2, { not: 'text' } as unknown as string);
    });
    await clock.advance(0);

    expect(progress[0]?.[1]).toHaveLength(500);
    expect(progress[1]).toEqual([0.2, undefined]);
  });

  it('says nothing once the attempt has ended', async () => {
    const { clock, start, sleep } = attemptLab();
    const { told, progress } = start(async (run) => {
      await sleep(1_050);
      run.progress(1);
    });
    await clock.advance('1h');

    expect(told).toEqual(['timed-out at 1000', 'settled at 1050']);
    expect(progress).toEqual([]);
  });
});

describe('extendTimeout', () => {
  it('grants the time from then on', async () => {
    const { clock, start, sleep } = attemptLab();
    const { told, outcomes } = start(async (run) => {
      await sleep(900);
      run.extendTimeout('5s');
      await never();
    });
    await clock.advance('1h');

    expect(told).toEqual(['timed-out at 5900', 'abandoned at 6000']);
    expect(outcomes[0]).toMatchObject({
      failure: { message: 'Run run-1 of worker "mail" exceeded its timeout of 5900 ms.' },
    });
  });

  it('replaces what is left, also where that was more', async () => {
    const { clock, start } = attemptLab();
    const { told } = start((run) => {
      run.extendTimeout(50);
      return never();
    });
    await clock.advance('1h');

    expect(told).toEqual(['timed-out at 50', 'abandoned at 150']);
  });

  it('can be granted again and again, beyond what a timer can hold', async () => {
    const { clock, start, sleep } = attemptLab();
    const { told } = start(async (run) => {
      run.extendTimeout('20d');
      await sleep(2_000);
      run.extendTimeout('40d');
      await never();
    });
    await clock.advance('41d');

    expect(told[0]).toBe(`timed-out at ${String(2_000 + 40 * 86_400_000)}`);
  });

  it('does not bound an attempt that has no timeout', async () => {
    const { clock, start, sleep } = attemptLab();
    const { told } = start(
      (run) => {
        run.extendTimeout(50);
        return sleep(100);
      },
      { timeoutMs: undefined },
    );
    await clock.advance('1h');

    expect(told).toEqual(['succeeded at 100']);
  });

  it('has no effect once the attempt has ended', async () => {
    const { clock, start, sleep } = attemptLab();
    const { told } = start(async (run) => {
      await sleep(1_050);
      run.extendTimeout('1m');
      await never();
    });
    await clock.advance('1h');

    expect(told).toEqual(['timed-out at 1000', 'abandoned at 1100']);
    expect(clock.pending).toBe(0);
  });

  it('has no effect once the attempt has succeeded', async () => {
    const { clock, start } = attemptLab();
    const { told, values } = start((run) => run);
    await clock.advance(0);
    (values[0] as RunContext).extendTimeout('1m');
    await clock.advance('1h');

    expect(told).toEqual(['succeeded at 0']);
  });

  it.each([
    ['soon', 'it was given "soon"'],
    [0, 'it was given 0'],
    [-5, 'it was given -5'],
    [NaN, 'it was given NaN'],
    [2.5, 'it was given 2.5'],
    [undefined, 'it was given undefined'],
    [{}, 'it was given object'],
  ])('refuses %o with what to do about it', async (given, complaint) => {
    const { clock, start } = attemptLab();
    const { values } = start((run) => run.extendTimeout(given as Duration));
    await clock.advance(0);

    expect(values[0]).toBeInstanceOf(TypeError);
    expect((values[0] as Error).message).toBe(
      "extendTimeout() takes a positive duration, in whole milliseconds or as text such as '30s' " +
        `or '5m'; ${complaint}.`,
    );
  });
});
