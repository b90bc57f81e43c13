import {
  Inject,
  Injectable,
  Scope,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  type CallHandler,
  type NestInterceptor,
  type Type,
} from '@nestjs/common';
import { Worker, type RunContext, type WorkerOptions } from 'nestjs-orchestrator';
import { defer, lastValueFrom, mergeMap, Observable, of, race, retry, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { nothingEscapes, peek, sleepOn } from '../../engine/engine-lab.js';
import { VirtualClock } from '../../../lib/testing/virtual-clock.js';
import { boot, type Booted } from './boot.js';

nothingEscapes();

const intercepted = (
  change: (result: Observable<unknown>, next: CallHandler) => unknown,
): NestInterceptor => ({
  intercept: (_context, next) => change(next.handle(), next) as Observable<unknown>,
});
const passThrough = intercepted((result) => result);

/** Counts who is at work in the bodies of a test, which ignore their signals. */
function workshop(clock: VirtualClock) {
  const counts = { calls: 0, running: 0, most: 0 };
  const sleep = sleepOn(clock);
  return {
    counts,
    async work(ms: number): Promise<string> {
      counts.calls++;
      counts.most = Math.max(counts.most, ++counts.running);
      await sleep(ms);
      counts.running--;
      return 'worked';
    },
  };
}

async function bootWith(host: Type, clock: VirtualClock): Promise<Booted> {
  return boot({ clock, providers: [host], options: { groups: { g: 1 }, shutdownTimeout: 200 } });
}

const told = ({ events }: Booted, type: string): number =>
  events.filter((event) => event.type === type).length;

const HASTY = {
  name: 'w',
  timeout: 200,
  abortGrace: 500,
  maxRetries: 2,
  backoff: { type: 'fixed', delay: 50, jitter: 0 },
  groups: 'g',
} satisfies WorkerOptions;

type Body = (work: () => Promise<string>) => unknown;

const BODIES: [string, Body][] = [
  ['a promise', (work) => work()],
  [
    'an async generator',
    async function* (work: () => Promise<string>) {
      yield await work();
    },
  ],
  [
    'a generator',
    function* (work: () => Promise<string>) {
      yield work();
    },
  ],
];

describe('An attempt with an interceptor', () => {
  it.each(BODIES)('goes on with its method, which returned %s, after its time', async (_, body) => {
    const clock = new VirtualClock();
    const { counts, work } = workshop(clock);
    @Injectable()
    class Host {
      @UseInterceptors(passThrough) @Worker(HASTY) run() {
        return body(() => work(2_000));
      }
    }
    const booted = await bootWith(Host, clock);
    await booted.service.triggerWorker('w');

    await clock.advance('1s');
    expect(counts).toEqual({ calls: 1, running: 1, most: 1 });
    expect(told(booted, 'run.abandoned')).toBe(1);
    expect(await booted.service.getWorker('w')).toMatchObject({ abandoned: 1 });

    await clock.advance('1m');
    expect(counts).toEqual({ calls: 3, running: 0, most: 1 });
    expect(told(booted, 'run.timed-out')).toBe(1);
    expect(await booted.service.getWorker('w')).toMatchObject({ abandoned: 0 });
  });

  it('keeps workers in conflict apart though it was cancelled', async () => {
    const clock = new VirtualClock();
    const { counts, work } = workshop(clock);
    @Injectable()
    class Host {
      @UseInterceptors(passThrough) @Worker({ name: 'import', blocks: 'export' }) import() {
        return work(800);
      }
      @Worker({ name: 'export' }) export() {
        return work(300);
      }
    }
    const { service } = await bootWith(Host, clock);
    const run = await service.triggerWorker('import');
    await clock.advance(50);
    await run.cancel();
    await service.triggerWorker('export');
    await clock.advance('10s');

    expect(counts).toEqual({ calls: 2, running: 0, most: 1 });
  });

  it('gets its grace when the application stops, before others close what it uses', async () => {
    const clock = new VirtualClock();
    const order: string[] = [];
    @Injectable()
    class Connection {
      onModuleDestroy(): void {
        order.push('connection closed');
      }
    }
    @Injectable()
    class Host {
      @UseInterceptors(passThrough) @Worker({ name: 'w' }) async run({ signal }: RunContext) {
        await clock.wait('1h', { signal }).catch(() => undefined);
        await sleepOn(clock)(300);
        order.push('cleaned up');
      }
    }
    const { app, service } = await boot({
      clock,
      providers: [Connection, Host],
      options: { shutdownTimeout: 200 },
    });
    await service.triggerWorker('w');
    await clock.advance(10);
    const report = service.stop();
    const closed = app.close();
    await clock.advance('1m');
    await closed;

    expect(await report).toMatchObject({ aborted: [{ worker: 'w' }], abandoned: [] });
    expect(order).toEqual(['cleaned up', 'connection closed']);
  });

  const givingUp = (clock: VirtualClock, ms: number) => (result: Observable<unknown>) => {
    const late = defer(() => sleepOn(clock)(ms)).pipe(
      mergeMap(() => throwError(() => new Error('it takes too long'))),
    );
    return race(result, late);
  };

  it('that gives the method up ends with that, once the method has settled', async () => {
    const clock = new VirtualClock();
    const { counts, work } = workshop(clock);
    @Injectable()
    class Host {
      @UseInterceptors(intercepted((result) => givingUp(clock, 100)(result)))
      @Worker({ name: 'w', maxRetries: 1, backoff: { type: 'fixed', delay: 50, jitter: 0 } })
      run() {
        return work(500);
      }
    }
    const booted = await bootWith(Host, clock);
    const run = await booted.service.triggerWorker('w');
    const ended = run.finished();
    await clock.advance(499);
    expect(told(booted, 'run.retrying')).toBe(0);
    await clock.advance('10s');

    expect(await peek(ended)).toMatchObject({ message: 'it takes too long' });
    expect(counts).toEqual({ calls: 2, running: 0, most: 1 });
  });

  it('that calls the method again does so once it has settled, or not at all', async () => {
    const clock = new VirtualClock();
    const { counts, work } = workshop(clock);
    @Injectable()
    class Host {
      @UseInterceptors(intercepted((result) => givingUp(clock, 300)(result).pipe(retry(2))))
      @Worker({ name: 'w', maxRetries: 0 })
      run() {
        return work(500);
      }
    }
    const booted = await bootWith(Host, clock);
    const run = await booted.service.triggerWorker('w');
    const ended = run.finished();
    await clock.advance('10s');

    // Given up at 300 and at 600, the call made at 500 among them, and at 900, before that one has settled.
    expect(await peek(ended)).toMatchObject({ message: 'it takes too long' });
    expect(counts).toEqual({ calls: 2, running: 0, most: 1 });
  });

  it('that answers for the method which it has called goes on with the method', async () => {
    const clock = new VirtualClock();
    const { counts, work } = workshop(clock);
    @Injectable()
    class Host {
      @UseInterceptors(
        intercepted((result) => {
          result.subscribe();
          return of('accepted');
        }),
      )
      @Worker({ name: 'w', interval: 100, overlap: 'queue' })
      run() {
        return work(250);
      }
    }
    const { service } = await bootWith(Host, clock);
    await clock.advance('1s');

    expect(counts).toMatchObject({ calls: 5, most: 1 });
    expect(await service.getWorker('w')).toMatchObject({ counts: { succeeded: 4 } });
  });

  it('that answers without the method ends with the answer', async () => {
    const clock = new VirtualClock();
    const { counts, work } = workshop(clock);
    @Injectable()
    class Host {
      @UseInterceptors(intercepted(() => of('cached'))) @Worker({ name: 'w' }) run() {
        return work(500);
      }
    }
    const { service } = await bootWith(Host, clock);
    const run = await service.triggerWorker('w');
    const ended = run.finished();
    await clock.advance(0);

    expect(await peek(ended)).toBe('cached');
    expect(counts.calls).toBe(0);
  });

  it('has settled once an Observable of the method is unsubscribed, whatever goes on behind it', async () => {
    const clock = new VirtualClock();
    const { counts, work } = workshop(clock);
    @Injectable()
    class Host {
      @UseInterceptors(passThrough) @Worker({ name: 'w', timeout: 200, maxRetries: 0 }) run() {
        return defer(() => work(2_000));
      }
    }
    const booted = await bootWith(Host, clock);
    await booted.service.triggerWorker('w');
    await clock.advance('1s');

    expect(await booted.service.getWorker('w')).toMatchObject({ running: 0, abandoned: 0 });
    expect(counts.running).toBe(1);
  });

  it('makes an async iterable end at once when it is aborted', async () => {
    const clock = new VirtualClock();
    const asked: string[] = [];
    const endless = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => undefined),
        return: () => Promise.resolve(asked.push('return')),
      }),
    };
    @Injectable()
    class Host {
      @UseInterceptors(passThrough)
      @Worker({ name: 'w', timeout: 200, abortGrace: 500, maxRetries: 0 })
      run() {
        return endless;
      }
    }
    const { service } = await bootWith(Host, clock);
    await service.triggerWorker('w');
    await clock.advance(200);

    expect(asked).toEqual(['return']);
  });

  it('goes on with a filter that takes its time', async () => {
    const clock = new VirtualClock();
    const { counts, work } = workshop(clock);
    @Injectable()
    @UseFilters({ catch: () => work(500) })
    class Host {
      @UseInterceptors(passThrough)
      @Worker({ name: 'w', timeout: 200, maxRetries: 1, backoff: 1, abortGrace: 2_000 })
      run(): void {
        throw new Error('no');
      }
    }
    const { service } = await bootWith(Host, clock);
    await service.triggerWorker('w');
    await clock.advance('10s');

    expect(counts).toEqual({ calls: 2, running: 0, most: 1 });
  });
});

describe('A method whose run has ended before it could be called', () => {
  const clock = (): VirtualClock => new VirtualClock();
  const options = { name: 'w', abortGrace: 50, maxRetries: 0 } satisfies WorkerOptions;

  /** The host, and how often its method was called. */
  type Late = (clock: VirtualClock, called: () => void, options: WorkerOptions) => Type[];
  const behind: [string, Late][] = [
    [
      'a guard',
      (time, called, own) => {
        const guard = { canActivate: () => sleepOn(time)(300).then(() => true) };
        @Injectable()
        class Host {
          @UseGuards(guard) @Worker(own) run() {
            called();
          }
        }
        return [Host];
      },
    ],
    [
      'a pipe',
      (time, called, own) => {
        const pipe = { transform: () => sleepOn(time)(300) };
        @Injectable()
        class Host {
          @UsePipes(pipe) @Worker(own) run() {
            called();
          }
        }
        return [Host];
      },
    ],
    [
      'an interceptor that takes its time before',
      (time, called, own) => {
        const interceptor = {
          intercept: async (_: unknown, next: CallHandler) => {
            await sleepOn(time)(300);
            return of(await lastValueFrom(next.handle()));
          },
        };
        @Injectable()
        class Host {
          @UseInterceptors(interceptor) @Worker(own) run() {
            called();
          }
        }
        return [Host];
      },
    ],
  ];

  it.each(behind)('is not called behind %s', async (_, late) => {
    for (const end of ['cancelled', 'timed-out'] as const) {
      const time = clock();
      let calls = 0;
      const providers = late(
        time,
        () => {
          calls++;
        },
        {
          ...options,
          timeout: end === 'cancelled' ? false : 100,
        },
      );
      const { service } = await boot({ clock: time, providers });
      const run = await service.triggerWorker('w');
      await time.advance(100);
      if (end === 'cancelled') await run.cancel();
      await time.advance('10s');

      expect(await run.status()).toBe(end);
      expect(calls).toBe(0);
    }
  });

  it.each([[false], [true]])(
    'is not called on an instance that was made too late (with a guard: %s)',
    async (isGuarded) => {
      const time = clock();
      let calls = 0;
      const connection = {
        provide: 'CONNECTION',
        scope: Scope.REQUEST,
        useFactory: () => sleepOn(time)(300).then(() => ({})),
      };
      @Injectable({ scope: Scope.REQUEST })
      class Host {
        constructor(@Inject('CONNECTION') readonly connection: object) {}
        @UseGuards(...(isGuarded ? [{ canActivate: () => true }] : [])) @Worker(options) run() {
          calls++;
        }
      }
      const { service } = await boot({ clock: time, providers: [connection, Host] });
      const run = await service.triggerWorker('w');
      await time.advance(100);
      await run.cancel();
      await time.advance('10s');

      expect(calls).toBe(0);
      expect(await service.getWorker('w')).toMatchObject({ running: 0, abandoned: 0 });
    },
  );
});
