import { describe, expect, it } from 'vitest';
import { JobPriority, type RunContext } from 'nestjs-orchestrator';
import { nothingEscapes, peek } from '../../engine/engine-lab.js';
import { boot, type Booted } from './boot.js';

nothingEscapes();

function sleep({ clock }: Booted, ms: number): () => Promise<void> {
  return () => new Promise((resolve) => void clock.setTimer(resolve, ms));
}

describe('triggerWorker', () => {
  it('gives a handle: id, worker, status, result', async () => {
    const lab = await boot();
    const result = new Map([['the very', 'object']]);
    await lab.work('w', {}, async () => {
      await sleep(lab, 100)();
      return result;
    });
    const run = await lab.service.triggerWorker('w');
    expect(run).toMatchObject({ worker: 'w', id: expect.stringMatching(/^[0-9a-f]+-/) });
    expect(await run.status()).toBe('running');
    await lab.clock.advance(100);
    expect(await run.status()).toBe('succeeded');
    expect(await run.finished()).toBe(result);
    expect(await run.finished()).toBe(result);
    expect(await run.cancel()).toBe(false);
  });

  it('gives a handle that a controller may return, and whose methods may be taken off it', async () => {
    const { service, work, clock } = await boot();
    await work('w', {}, () => 'done');
    const run = await service.triggerWorker('w');
    expect(JSON.parse(JSON.stringify(run))).toEqual({ id: run.id, worker: 'w' });

    const { finished, status, cancel } = run;
    await clock.advance(0);
    expect([await finished(), await status(), await cancel()]).toEqual([
      'done',
      'succeeded',
      false,
    ]);
  });

  it('a failure that nobody observes is no unhandled rejection; who asks later is told', async () => {
    const { service, work, clock } = await boot();
    const fault = new Error('mine');
    await work('w', {}, () => Promise.reject(fault));
    const run = await service.triggerWorker('w');
    await clock.advance(0);
    await new Promise((resolve) => setImmediate(resolve));
    await expect(run.finished()).rejects.toBe(fault);
  });

  it.each([
    [
      'a failure that is no Error',
      () => {
        throw 'text';
      },
      { code: 'RUN_FAILED', cause: 'text' },
    ],
    ['a timeout', () => new Promise(() => undefined), { code: 'RUN_TIMEOUT', timeoutMs: 50 }],
  ])('finished() rejects: %s', async (_, body, expected) => {
    const { service, work, clock } = await boot();
    await work('w', { timeout: 50, abortGrace: 0 }, body);
    const run = await service.triggerWorker('w');
    const finished = run.finished().catch((error: unknown) => error);
    await clock.advance(60);
    expect(await finished).toMatchObject(expected);
  });

  it('a handle cancels a run that waits, and one that runs', async () => {
    const { service, work, clock } = await boot();
    const reasons: unknown[] = [];
    await work(
      'w',
      {},
      ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            reasons.push(signal.reason);
            reject(new Error('obeyed'));
          });
        }),
    );
    const [running, waiting] = [await service.triggerWorker('w'), await service.triggerWorker('w')];
    await clock.advance(0);
    expect(await waiting.cancel()).toBe(true);
    expect(await running.cancel()).toBe(true);
    expect(await running.cancel()).toBe(false);
    await clock.advance(0);
    for (const run of [running, waiting]) {
      expect(await run.status()).toBe('cancelled');
      await expect(run.finished()).rejects.toMatchObject({ code: 'RUN_CANCELLED', runId: run.id });
    }
    expect(reasons).toMatchObject([{ code: 'RUN_CANCELLED' }]);
    expect(await service.getWorker('w')).toMatchObject({ running: 0, failures: 0 });
  });

  it('a dedupeKey finds the live run, and its result', async () => {
    const lab = await boot();
    let calls = 0;
    await lab.work('w', {}, async () => {
      await sleep(lab, 50)();
      return ++calls;
    });
    const [one, same] = await Promise.all(
      [1, 2].map(() => lab.service.triggerWorker('w', { dedupeKey: 'k' })),
    );
    expect(same!.id).toBe(one!.id);
    await lab.clock.advance(50);
    expect(await Promise.all([one!.finished(), same!.finished()])).toEqual([1, 1]);
    const next = await lab.service.triggerWorker('w', { dedupeKey: 'k' });
    expect(next.id).not.toBe(one!.id);
  });

  it('a delay makes it due later, also beyond what a timer holds', async () => {
    const { service, work, clock } = await boot();
    await work('w', {});
    const [soon, late] = await Promise.all([
      service.triggerWorker('w', { delay: '10s' }),
      service.triggerWorker('w', { delay: '40d' }),
    ]);
    await clock.advance(9_999);
    expect(await soon.status()).toBe('waiting');
    await clock.advance(1);
    expect(await soon.status()).toBe('succeeded');
    await clock.advance('39d');
    expect(await late.status()).toBe('waiting');
    await clock.advance('1d');
    expect(await late.status()).toBe('succeeded');
  });

  it('a priority overtakes what waits', async () => {
    const lab = await boot();
    const order: unknown[] = [];
    await lab.work('w', {}, async ({ payload }) => {
      order.push(payload);
      await sleep(lab, 10)();
    });
    for (const [payload, priority] of [
      ['first', JobPriority.NORMAL],
      ['low', JobPriority.LOW],
      ['normal', JobPriority.NORMAL],
      ['critical', 'CRITICAL'],
    ] as const) {
      await lab.service.triggerWorker('w', { payload, priority });
    }
    await lab.clock.advance(100);
    expect(order).toEqual(['first', 'critical', 'normal', 'low']);
  });

  it.each([
    [{ delay: -1 }, 'delay'],
    [{ delay: 'soon' }, 'delay'],
    [{ priority: 7 }, 'priority'],
    [{ priority: 'critical' }, 'none of LOW, NORMAL, HIGH, CRITICAL'],
    [{ dedupeKey: '' }, 'dedupeKey'],
    [{ dedupeKey: 'x'.repeat(257) }, 'dedupeKey'],
    [{ dedupKey: 'x' }, 'dedupKey'],
    [{ month: '2026-11' }, '"month"; data for the worker goes in { payload: … }'],
  ])('refuses %j, and enqueues nothing', async (options, named) => {
    const { service, work } = await boot();
    await work('w', {});
    await expect(service.triggerWorker('w', options as never)).rejects.toMatchObject({
      code: 'PAYLOAD',
      message: expect.stringContaining(named),
    });
    expect(await service.getRuns()).toEqual([]);
  });

  it('is refused where the worker is unknown, disabled, paused, full, or the orchestrator stopped', async () => {
    const { service, work } = await boot();
    await work('w', { maxPending: 1 }, () => new Promise(() => undefined));
    await expect(service.triggerWorker('v')).rejects.toMatchObject({
      code: 'UNKNOWN_WORKER',
      message: expect.stringContaining('Did you mean "w"?'),
    });
    await service.triggerWorker('w');
    await service.triggerWorker('w');
    await expect(service.triggerWorker('w')).rejects.toMatchObject({
      code: 'QUEUE_FULL',
      maxPending: 1,
    });
    await service.disableWorker('w', 'broken');
    await expect(service.triggerWorker('w')).rejects.toMatchObject({
      code: 'WORKER_DISABLED',
      reason: 'broken',
    });
    await service.enableWorker('w');
    await service.pauseWorker('w');
    await expect(service.triggerWorker('w')).rejects.toMatchObject({ code: 'WORKER_PAUSED' });
  });
});

describe('A name that is none', () => {
  it.each([
    ['undefined', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a bigint', 1n, '1n'],
    ['a symbol', Symbol('w'), 'a symbol'],
    ['an object', {}, 'an object'],
    ['a megabyte of text', 'x'.repeat(1e6), '"xxx'],
  ])('%s is refused like any other unknown one', async (_, name, shown) => {
    const { service, work } = await boot();
    await work('known', {});
    const wrong = name as never;
    for (const call of [
      () => service.triggerWorker(wrong),
      () => service.updateWorker(wrong, {}),
      () => service.unregisterWorker(wrong),
      () => service.enableWorker(wrong),
      () => service.getWorker(wrong),
      () => service.explain(wrong),
    ]) {
      const error = (await call().catch((fault: unknown) => fault)) as Error;
      expect(error).toMatchObject({ code: 'UNKNOWN_WORKER' });
      expect(error.message).toContain(`There is no worker ${shown}`);
      expect(error.message.length).toBeLessThan(200);
    }
    await expect(service.cancelRun(wrong)).rejects.toMatchObject({ code: 'UNKNOWN_RUN' });
    await expect(service.registerWorker(wrong, () => undefined)).rejects.toMatchObject({
      code: 'WORKER_DEFINITION',
      message: expect.stringContaining(`registerWorker(${shown}`),
    });
  });
});

it.each([[null], [5], ['payload'], [[1]]])(
  'triggerWorker refuses %j in the place of options, and enqueues nothing',
  async (options) => {
    const { service, work } = await boot();
    await work('w', {});
    await expect(service.triggerWorker('w', options as never)).rejects.toMatchObject({
      code: 'PAYLOAD',
      message: expect.stringContaining('data for the worker goes in { payload: … }'),
    });
    expect(await service.getRuns()).toEqual([]);
  },
);

describe('A payload', () => {
  async function received(payload: unknown): Promise<unknown> {
    const { service, work, clock } = await boot();
    let seen: unknown;
    await work('w', {}, (run: RunContext) => void (seen = run.payload));
    await service.triggerWorker('w', { payload });
    await clock.advance(0);
    return seen;
  }

  it('arrives as a copy, as JSON carries it', async () => {
    const payload = {
      at: new Date(0),
      list: [1, 'two', null, true],
      none: undefined,
      deep: { x: 1 },
    };
    const seen = (await received(payload)) as typeof payload;
    expect(seen).toEqual({
      at: '1970-01-01T00:00:00.000Z',
      list: [1, 'two', null, true],
      deep: { x: 1 },
    });
    expect(seen.deep).not.toBe(payload.deep);
  });

  it.each([[undefined], [null], [false], [0], ['text'], [[]]])(
    '%j arrives unchanged',
    async (payload) => {
      expect(await received(payload)).toEqual(payload);
    },
  );

  it('B76: cannot pollute a prototype', async () => {
    await received(
      JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'),
    );
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(Object.prototype).not.toHaveProperty('polluted');
  });

  const circle: { self?: unknown } = {};
  circle.self = circle;
  it.each([
    ['a circle', circle],
    ['a bigint', { x: 1n }],
    ['a function', { x: () => undefined }],
    ['a symbol', Symbol('x')],
    ['NaN', [NaN]],
    ['Infinity', Infinity],
    ['a Map', { x: new Map() }],
    ['a Set', new Set()],
    ['a date that is none', { x: new Date(NaN) }],
    ['a promise that was not awaited', { x: Promise.resolve(1) }],
    ['an Error', new Error('x')],
    ['a RegExp', /x/],
    ['an ArrayBuffer', { x: new ArrayBuffer(8) }],
    ['a DataView', { x: new DataView(new ArrayBuffer(8)) }],
    ['a typed array', { x: new Float32Array([NaN]) }],
    ['URLSearchParams', new URLSearchParams('a=1')],
    ['Headers', { x: new Headers({ a: 'b' }) }],
    ['FormData', { x: new FormData() }],
    ['a WeakRef', { x: new WeakRef({}) }],
    ['a boxed NaN', { x: new Number(NaN) }],
    ['undefined in an array', [undefined]],
    // eslint-disable-next-line no-sparse-arrays
    ['a hole in an array', { x: [1, , 3] }],
    ['an object with a symbol as a key', { [Symbol('x')]: 1 }],
    [
      'a toJSON that throws',
      {
        toJSON: () => {
          throw new Error('x');
        },
      },
    ],
    ['a toJSON that gives nothing', { toJSON: () => undefined }],
    ['a text with NUL', 'a\0b'],
    ['half a surrogate pair in a text', { text: ['\ud83d'] }],
    [
      'a hostile proxy',
      new Proxy(
        {},
        {
          get: () => {
            throw new Proxy(new Error('x'), {
              get: () => {
                throw new Error('y');
              },
            });
          },
        },
      ),
    ],
  ])('that is %s is refused with PayloadError, and enqueues nothing', async (_, payload) => {
    const { service, work } = await boot();
    await work('w', {});
    await expect(service.triggerWorker('w', { payload })).rejects.toMatchObject({
      code: 'PAYLOAD',
    });
    expect(await service.getRuns()).toEqual([]);
  });

  it.each([
    [{ items: [{ at: 1 }, { at: new Map() }] }, 'payload.items[1].at is of the kind Map'],
    [{ a: { toJSON: () => ({ b: [1n] }) } }, 'payload.a.b[0] is a bigint'],
    [[[undefined]], 'payload[0][0] is undefined'],
    [new Set(), 'payload is of the kind Set'],
    [{ x: new Date(NaN) }, 'payload.x is no date'],
    [{ ['k'.repeat(9_999)]: NaN }, `payload.${'k'.repeat(191)}… is NaN`],
  ])('that is refused is refused with the place of what is wrong', async (payload, where) => {
    const { service, work } = await boot();
    await work('w', {});
    await expect(service.triggerWorker('w', { payload })).rejects.toMatchObject({
      code: 'PAYLOAD',
      message: expect.stringContaining(where),
    });
  });

  it('may hold instances of classes, of which the properties arrive, and one object twice', async () => {
    class Order {
      readonly lines = [{ sku: 'a' }];
      note = undefined;
    }
    const order = new Order();
    expect(await received({ order, again: order, map: Object.create(null) as object })).toEqual({
      order: { lines: [{ sku: 'a' }] },
      again: { lines: [{ sku: 'a' }] },
      map: {},
    });
  });

  it('B76: nested 10 000 deep is copied or refused, and the process lives', async () => {
    let payload: unknown = 1;
    for (let depth = 0; depth < 10_000; depth++) payload = [payload];
    const { service, work } = await boot();
    await work('w', {});
    const outcome = await service.triggerWorker('w', { payload }).catch((error: unknown) => error);
    expect(outcome).toSatisfy(
      (value: { id?: string; code?: string }) =>
        value.code === 'PAYLOAD' || typeof value.id === 'string',
    );
  });
});

describe('updateWorker', () => {
  it('changes the schedule, counted from the last due instant', async () => {
    const { service, work, clock } = await boot();
    const start = clock.now();
    const ran: number[] = [];
    await work('w', { interval: '10s' }, () => ran.push((clock.now() - start) / 1_000));
    await clock.advance('12s');
    await service.updateWorker('w', { interval: '30s' });
    await clock.advance('60s');
    expect(ran).toEqual([0, 10, 40, 70]);
  });

  it('gives another kind of schedule', async () => {
    const { service, work, clock } = await boot();
    await work('w', { interval: '10s' });
    await service.updateWorker('w', { cron: '*/30 * * * * *' });
    const { succeeded } = (await service.getWorker('w')).counts;
    await clock.advance('1m');
    expect((await service.getWorker('w')).counts.succeeded - succeeded).toBe(2);
  });

  it('wins over the overrides of the module', async () => {
    const { service, work, clock } = await boot({
      options: { overrides: { w: { interval: '1h' } } },
    });
    await work('w', { interval: '1m' });
    await clock.advance('1m');
    await service.updateWorker('w', { interval: '10s' });
    await service.updateWorker('w', { description: 'quick' });
    await clock.advance('1m');
    expect((await service.getWorker('w')).counts.succeeded).toBeGreaterThanOrEqual(6);
    expect(await service.getWorker('w')).toMatchObject({ description: 'quick' });
  });

  it('changes concurrency and conflicts for what starts from now on', async () => {
    const lab = await boot();
    await lab.work('w', { maxPending: 10 }, sleep(lab, 100));
    await lab.work('x', {}, sleep(lab, 100));
    for (let k = 0; k < 3; k++) await lab.service.triggerWorker('w');
    await lab.clock.advance(0);
    expect(await lab.service.getWorker('w')).toMatchObject({ running: 1 });
    await lab.service.updateWorker('w', { concurrency: 3 });
    expect(await lab.service.getWorker('w')).toMatchObject({ running: 3 });
    await lab.service.updateWorker('x', { blocks: ['w'] });
    await lab.service.triggerWorker('x');
    expect(await lab.service.explain('x')).toMatchObject({
      binding: { reason: 'BLOCKED', heldBy: 'w' },
    });
    await lab.service.updateWorker('x', { blocks: [] });
    expect(await lab.service.getWorker('x')).toMatchObject({ running: 1 });
  });

  it('adds to an update that is still being made', async () => {
    const { service, work } = await boot();
    await work('w', { interval: '10s' });
    await Promise.all([
      service.updateWorker('w', { description: 'quick' }),
      service.updateWorker('w', { interval: -1 }).catch(() => undefined),
      service.updateWorker('w', { priority: 'HIGH' }),
    ]);
    expect(await service.getWorker('w')).toMatchObject({ description: 'quick', priority: 2 });
  });

  it('refuses what makes no sense, and changes nothing', async () => {
    const { service, work } = await boot();
    await work('w', { interval: '10s' });
    for (const [options, code] of [
      [{ interval: -1 }, 'WORKER_DEFINITION'],
      [{ name: 'x' }, 'WORKER_DEFINITION'],
      [{ enabled: false }, 'WORKER_DEFINITION'],
      [{ intervall: 5 }, 'WORKER_DEFINITION'],
      [null, 'WORKER_DEFINITION'],
      [5, 'WORKER_DEFINITION'],
      [[], 'WORKER_DEFINITION'],
      [{ dependsOn: ['w'] }, 'GRAPH_VALIDATION'],
      [{ dependsOn: ['nobody'] }, 'GRAPH_VALIDATION'],
    ] as const) {
      await expect(service.updateWorker('w', options as never)).rejects.toMatchObject({ code });
    }
    await service.updateWorker('w', { description: 'fine' });
    expect(await service.getWorker('w')).toMatchObject({ description: 'fine' });
    await expect(service.updateWorker('v', {})).rejects.toMatchObject({ code: 'UNKNOWN_WORKER' });
  });
});

describe('registerWorker and unregisterWorker', () => {
  it('refuse a name that is taken, wrong options and unknown references; nothing is registered', async () => {
    const { service, work } = await boot();
    await work('w', {});
    await expect(work('w', {})).rejects.toMatchObject({ code: 'DUPLICATE_WORKER' });
    await expect(work('x', { interval: 0 })).rejects.toMatchObject({ code: 'WORKER_DEFINITION' });
    await expect(work('', {})).rejects.toMatchObject({ code: 'WORKER_DEFINITION' });
    await expect(work('x', { dependsOn: ['nobody'] })).rejects.toMatchObject({
      code: 'GRAPH_VALIDATION',
    });
    for (const [fn, options] of [
      ['no function', {}],
      [() => undefined, null],
      [() => undefined, 'options'],
      [() => undefined, []],
      [() => undefined, { name: 'y' }],
    ]) {
      await expect(
        service.registerWorker('x', fn as never, options as never),
      ).rejects.toMatchObject({
        code: 'WORKER_DEFINITION',
        message: expect.stringContaining('registerWorker("x")'),
      });
    }
    expect((await service.getStatus()).workers).toBe(1);
    await work('x', {});
  });

  it('a worker that others refer to stays', async () => {
    const { service, work } = await boot();
    await work('w', {});
    await work('dependant', { dependsOn: ['w'] });
    await work('blocker', { blocks: ['w'] });
    await expect(service.unregisterWorker('w')).rejects.toMatchObject({
      code: 'GRAPH_VALIDATION',
      problems: { length: 2 },
    });
    await service.unregisterWorker('dependant');
    await service.unregisterWorker('blocker');
    await service.unregisterWorker('w');
    await expect(service.unregisterWorker('w')).rejects.toMatchObject({ code: 'UNKNOWN_WORKER' });
    await expect(service.updateWorker('w', {})).rejects.toMatchObject({ code: 'UNKNOWN_WORKER' });
  });

  it('its waiting runs are cancelled, its current one ends', async () => {
    const lab = await boot();
    await lab.work('w', {}, sleep(lab, 50));
    const [running, waiting] = [
      await lab.service.triggerWorker('w'),
      await lab.service.triggerWorker('w'),
    ];
    await lab.clock.advance(0);
    await lab.service.unregisterWorker('w');
    await lab.clock.advance(50);
    expect(await peek(running.finished())).toBeUndefined();
    expect(await peek(waiting.finished())).toMatchObject({ code: 'RUN_CANCELLED' });
    expect(lab.clock.pending).toBe(0);
  });
});

describe('Control', () => {
  it('pause and resume hold everything: triggers wait, due instants are made up for once', async () => {
    const { service, work, clock } = await boot();
    await work('w', { interval: '10s', initialDelay: '10s' });
    await work('t', {});
    await service.pause();
    const run = await service.triggerWorker('t');
    await clock.advance('1m');
    expect(await run.status()).toBe('waiting');
    expect(await service.getStatus()).toMatchObject({ paused: true, running: 0 });
    expect(await service.explain('t')).toMatchObject({ binding: { reason: 'PAUSED' } });
    await service.resume();
    await clock.advance(0);
    expect(await run.status()).toBe('succeeded');
    expect((await service.getWorker('w')).counts.succeeded).toBe(1);
    expect((await service.getWorker('w')).lastRun).toMatchObject({ missedCount: 5 });
  });

  it('pauseWorker and resumeWorker hold one', async () => {
    const { service, work, clock } = await boot();
    await work('w', { interval: '10s' });
    await service.pauseWorker('w');
    await clock.advance('1m');
    expect(await service.getWorker('w')).toMatchObject({
      state: 'paused',
      counts: { succeeded: 1 },
    });
    await service.resumeWorker('w');
    await clock.advance(0);
    expect(await service.getWorker('w')).toMatchObject({ state: 'idle', counts: { succeeded: 2 } });
  });

  it.each([
    'enableWorker',
    'disableWorker',
    'pauseWorker',
    'resumeWorker',
    'getWorker',
    'explain',
  ] as const)('%s rejects an unknown name', async (method) => {
    const { service } = await boot();
    await expect(service[method]('nobody')).rejects.toMatchObject({ code: 'UNKNOWN_WORKER' });
  });

  it('cancelRun rejects an unknown id, and frees what ignores its signal where asked to', async () => {
    const { service, work, clock } = await boot();
    await expect(service.cancelRun('nothing')).rejects.toMatchObject({ code: 'UNKNOWN_RUN' });
    await work('w', {});
    await work('deaf', { blocks: ['w'], abortGrace: '1h' }, () => new Promise(() => undefined));
    const deaf = await service.triggerWorker('deaf');
    await clock.advance(0);
    const run = await service.triggerWorker('w');
    expect(await service.cancelRun(deaf.id, { reason: 'stuck' })).toBe(true);
    await clock.advance(0);
    expect(await run.status()).toBe('waiting');
    expect(await service.cancelRun(deaf.id, { abandon: true })).toBe(false);
    await clock.advance(0);
    expect(await run.status()).toBe('succeeded');
    expect(await service.getRun(deaf.id)).toMatchObject({ why: 'stuck', status: 'cancelled' });
    expect(await service.getWorker('deaf')).toMatchObject({ abandoned: 1 });
  });

  it.each([[null], [5], ['stuck'], [[]]])('refuses %j in the place of options', async (options) => {
    const { service, work } = await boot();
    await work('w', {});
    const run = await service.triggerWorker('w', { delay: '1h' });
    await expect(service.cancelRun(run.id, options as never)).rejects.toMatchObject({
      code: 'OPTIONS',
      message: expect.stringContaining('cancelRun(): options = '),
    });
    expect(await run.status()).toBe('waiting');
  });

  it.each([
    ['a bigint', 1n, '1n'],
    ['an object', { by: 'ops' }, 'an object'],
    ['null', null, 'null'],
    ['a megabyte of text', 'x'.repeat(1e6), `${'x'.repeat(499)}…`],
  ])('keeps of %s as a reason a short text, which any store can take', async (_, given, kept) => {
    const { service, work } = await boot();
    await work('w', {});
    const run = await service.triggerWorker('w', { delay: '1h' });
    await service.cancelRun(run.id, { reason: (given ?? 'null') as never });
    await service.disableWorker('w', given as never);
    expect(await service.getRun(run.id)).toMatchObject({ why: kept });
    expect(await service.getWorker('w')).toMatchObject({ disabledReason: kept });
    JSON.stringify(await service.getStatus());
  });
});

describe('Questions', () => {
  it('getOptions tells what holds: declared, by default, overridden and updated', async () => {
    const { service, work } = await boot({
      options: {
        timeZone: 'Europe/Vienna',
        groups: { db: 1 },
        defaults: { timeout: '7s' },
        overrides: { nightly: { maxRetries: 1 } },
      },
    });
    await service.registerWorker('nightly', () => undefined, { cron: '0 3 * * *', blocks: '*' });
    await service.updateWorker('nightly', { tags: 'a', groups: 'db', overlap: 'queue' });
    await work('step', { runAfterDependencies: true, dependsOn: 'nightly' });
    await work('often', { interval: '5s', jitter: 100 });

    const options = await service.getOptions('nightly');
    expect(options).toMatchObject({
      schedule: { kind: 'cron', cron: '0 3 * * *', timeZone: 'Europe/Vienna', runsOnStart: false },
      overlap: 'queue',
      timeoutMs: 7_000,
      maxRetries: 1,
      tags: ['a'],
      groups: ['db'],
      blocks: ['*'],
    });
    expect(JSON.parse(JSON.stringify(options))).toEqual(options);
    expect(await service.getOptions('step')).toMatchObject({
      schedule: { kind: 'after-dependencies' },
      dependsOn: [{ worker: 'nightly', condition: 'succeeded' }],
    });
    expect((await service.getOptions('step')).timeoutMs).toBeUndefined();
    expect((await service.getOptions('often')).schedule).toEqual({
      kind: 'fixed-rate',
      intervalMs: 5_000,
      initialDelayMs: 0,
      runsOnStart: true,
      jitterMs: 100,
    });
    await expect(service.getOptions('nobody')).rejects.toMatchObject({ code: 'UNKNOWN_WORKER' });
  });

  it.each([[null], [5], ['w'], [['w']]])('getRuns refuses %j as a filter', async (filter) => {
    const { service } = await boot();
    await expect(service.getRuns(filter as never)).rejects.toMatchObject({
      code: 'OPTIONS',
      message: expect.stringContaining('give an object such as { worker, status, limit }'),
    });
  });

  it('getRuns refuses filters and statuses that there are not', async () => {
    const { service } = await boot();
    await expect(service.getRuns({ state: 'failed' } as never)).rejects.toMatchObject({
      code: 'OPTIONS',
      message: expect.stringContaining('state = "failed"'),
    });
    await expect(service.getRuns({ status: 'success' as never })).rejects.toMatchObject({
      code: 'OPTIONS',
      message: expect.stringContaining('status = "success" – use one of waiting, running,'),
    });
    expect(await service.getRuns({ status: undefined, limit: 5 } as never)).toEqual([]);
  });

  it('cancelRun refuses options that there are not', async () => {
    const { service, work } = await boot();
    await work('w', {}, () => new Promise(() => undefined));
    const { id } = await service.triggerWorker('w', { delay: '1m' });
    await expect(service.cancelRun(id, { why: 'not needed' } as never)).rejects.toMatchObject({
      code: 'OPTIONS',
      message: expect.stringContaining('give an object such as { reason, abandon }, or nothing'),
    });
    expect((await service.getRun(id))?.status).toBe('waiting');
  });

  it('what they give cannot be used to change workers, this one or others', async () => {
    const { service, work } = await boot();
    await work('w', {});
    await work('tagged', { tags: ['a'], groups: [] });
    const { tags: none } = await service.getWorker('w');
    const { tags: some } = await service.getWorker('tagged');
    for (const tags of [none, some]) {
      expect(() => (tags as string[]).push('changed')).toThrow(TypeError);
    }
    expect(service.getGraph().nodes.map(({ tags }) => tags)).toEqual([[], ['a']]);
    await work('later', {});
  });

  it('getRuns filters by worker, status and limit, newest first', async () => {
    const { service, work, clock } = await boot();
    await work('good', {});
    await work('bad', {}, () => {
      throw new Error('no');
    });
    for (const name of ['good', 'bad', 'good', 'bad']) {
      await service.triggerWorker(name);
      await clock.advance(10);
    }
    const names = async (filter?: Parameters<typeof service.getRuns>[0]): Promise<string[]> =>
      (await service.getRuns(filter)).map(({ worker }) => worker);
    expect(await names()).toEqual(['bad', 'good', 'bad', 'good']);
    expect(await names({ worker: 'good' })).toEqual(['good', 'good']);
    expect(await names({ status: 'failed' })).toEqual(['bad', 'bad']);
    expect(await names({ limit: 1 })).toEqual(['bad']);
    expect(await names({ limit: -1 })).toEqual([]);
    expect(await names({ worker: 'good', status: 'failed' })).toEqual([]);
    await expect(service.getRuns({ worker: 'nobody' })).rejects.toMatchObject({
      code: 'UNKNOWN_WORKER',
    });
    expect(await service.getRun('nothing')).toBeUndefined();
  });

  it('getStatus is JSON for any worker name', async () => {
    const { service, work, clock } = await boot();
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'a:b', '123'];
    for (const name of names) await work(name, { interval: '1m', dependsOn: [] });
    await clock.advance(0);
    const status = JSON.parse(JSON.stringify(await service.getStatus())) as {
      workerStates: { name: string; state: string; counts: { succeeded: number } }[];
    };
    expect(status.workerStates.map(({ name }) => name)).toEqual(names);
    expect(status.workerStates.every(({ counts }) => counts.succeeded === 1)).toBe(true);
    for (const name of names) {
      await service.disableWorker(name);
      await service.enableWorker(name);
      await (await service.triggerWorker(name)).status();
      expect(await service.explain(name)).toMatchObject({ worker: name });
    }
  });

  it('explain names the reason, the holder and since when', async () => {
    const lab = await boot();
    await lab.work('first', {}, sleep(lab, 100));
    await lab.work('then', { dependsOn: ['first'] });
    await lab.service.triggerWorker('first');
    await lab.clock.advance(10);
    const since = new Date(lab.clock.now());
    await lab.service.triggerWorker('then');
    await lab.clock.advance(10);
    expect(await lab.service.explain('then')).toMatchObject({
      state: 'waiting',
      binding: { reason: 'DEPENDENCY', heldBy: 'first', since },
      summary: expect.stringContaining('"first"'),
    });
    await lab.clock.advance(100);
    expect((await lab.service.explain('then')).past[0]).toMatchObject({
      waits: [{ reason: 'DEPENDENCY', heldBy: 'first' }],
    });
  });

  it('getGraph has nodes, edges and a Mermaid diagram', async () => {
    const { service, work } = await boot();
    await work('fetch', {});
    await work('process', { dependsOn: ['fetch'] });
    await work('cleanup', { blocks: ['process'] });
    const graph = service.getGraph();
    expect(graph.nodes.map(({ name }) => name)).toEqual(['fetch', 'process', 'cleanup']);
    expect(graph.edges).toEqual([
      { kind: 'dependency', from: 'fetch', to: 'process', condition: 'succeeded' },
      { kind: 'conflict', from: 'process', to: 'cleanup' },
    ]);
    expect(graph.toMermaid()).toBe(
      [
        'flowchart LR',
        '  w0["fetch"]',
        '  w1["process"]',
        '  w2["cleanup"]',
        '  w0 --> w1',
        '  w1 x-.-x w2',
      ].join('\n'),
    );
  });
});
