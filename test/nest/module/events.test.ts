import { Injectable } from '@nestjs/common';
import { firstValueFrom, filter, map, merge, of, switchMap, take, Subject, takeUntil } from 'rxjs';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  inProcess,
  OnWorkerEvent,
  type OrchestratorEvent,
  SkipRunError,
  Worker,
} from 'nestjs-orchestrator';
import { Orchestration } from '../../../lib/orchestration.js';
import { nothingEscapes } from '../../engine/engine-lab.js';
import { FakeStore } from '../../engine/fake-store.js';
import { boot, linesOf, type Booted } from './boot.js';

nothingEscapes();

let handled: string[];
beforeEach(() => {
  handled = [];
});

@Injectable()
class Handlers {
  @OnWorkerEvent('run.started')
  throws(): void {
    throw new Error('handler threw');
  }

  @OnWorkerEvent(['run.started', 'run.succeeded'])
  async rejects(event: OrchestratorEvent): Promise<void> {
    handled.push(event.type);
    await Promise.resolve();
    throw new Proxy(new Error('x'), {
      get: () => {
        throw new Error('hostile');
      },
    });
  }

  @OnWorkerEvent('run.succeeded', 'other')
  onlyOther(event: { readonly worker: string }): void {
    handled.push(`only ${event.worker}`);
  }
}

describe('@OnWorkerEvent', () => {
  it('B27: what handlers throw or reject with is logged, and hurts nobody', async () => {
    const { service, clock, work, logger } = await boot({ providers: [Handlers] });
    await work('w', {});
    await work('other', {});
    await service.triggerWorker('w');
    const run = await service.triggerWorker('other');
    await clock.advance(0);
    expect(await run.finished()).toBeUndefined();
    expect(handled.sort()).toEqual([
      'only other',
      'run.started',
      'run.started',
      'run.succeeded',
      'run.succeeded',
    ]);
    const lines = linesOf(logger, 'error');
    expect(lines).toHaveLength(6);
    expect(lines).toContain('Handlers.throws failed: Error: handler threw');
    expect(lines.filter((line) => line.startsWith('Handlers.rejects failed:'))).toHaveLength(4);
  });

  it('warns of a worker that is none at boot, and asks whether a similar one is meant', async () => {
    @Injectable()
    class Pager {
      @Worker({ name: 'report' })
      report(): void {}

      @OnWorkerEvent('run.failed', 'repotr')
      tell(): void {}

      @OnWorkerEvent('run.failed', 'report')
      tellToo(): void {}
    }
    const { logger } = await boot({ providers: [Pager] });
    expect(linesOf(logger, 'warn')).toEqual([
      '"repotr", which @OnWorkerEvent at Pager.tell names, is no worker at boot. Did you mean "report"?',
    ]);
  });
});

describe('OrchestratorService.events', () => {
  async function run({ service, clock }: Booted): Promise<void> {
    await service.triggerWorker('w');
    await clock.advance(0);
  }

  async function booted(): Promise<Booted> {
    const lab = await boot();
    await lab.work('w', {});
    return lab;
  }

  it.each([
    [
      'that throws',
      () => {
        throw new Error('mine');
      },
    ],
    ['that rejects', () => Promise.reject(new Error('mine'))],
  ])('B27: a subscriber %s is logged, and gets the next events all the same', async (_, fail) => {
    const lab = await booted();
    let calls = 0;
    lab.service.events.subscribe((): void => {
      calls++;
      return fail() as never;
    });
    lab.events.length = 0;
    await run(lab);
    expect(calls).toBe(lab.events.length);
    expect(lab.events.at(-1)?.type).toBe('run.succeeded');
    expect(linesOf(lab.logger, 'error')).toHaveLength(calls);
    expect(linesOf(lab.logger, 'error')[0]).toContain('mine');
  });

  it('a piped subscriber that throws, in an operator or at its end, is logged and hurts nobody', async () => {
    const lab = await booted();
    lab.service.events
      .pipe(
        filter(({ type }) => type === 'run.due'),
        map((): never => {
          throw new Error('in map');
        }),
      )
      .subscribe();
    lab.service.events.pipe(take(1)).subscribe(() => {
      throw new Error('at the end');
    });
    await run(lab);
    expect(lab.events.at(-1)?.type).toBe('run.succeeded');
    const lines = linesOf(lab.logger, 'error');
    expect(lines).toHaveLength(2);
    expect(lines.join()).toContain('in map');
    expect(lines.join()).toContain('at the end');
  });

  it('an error handler is given what an operator throws', async () => {
    const lab = await booted();
    const errors: unknown[] = [];
    lab.service.events
      .pipe(
        map((): never => {
          throw new Error('in map');
        }),
      )
      .subscribe({ error: (error) => errors.push(error) });
    await run(lab);
    expect(errors).toMatchObject([{ message: 'in map' }]);
  });

  it.each<[string, (lab: Booted) => Promise<unknown>]>([
    ['firstValueFrom', (lab) => Promise.all([firstValueFrom(lab.service.events), run(lab)])],
    [
      'take',
      async (lab) => {
        lab.service.events.pipe(take(1)).subscribe();
        await run(lab);
      },
    ],
    [
      'switchMap',
      async (lab) => {
        of(1)
          .pipe(switchMap(() => lab.service.events))
          .subscribe()
          .unsubscribe();
      },
    ],
    [
      'takeUntil over merge',
      async (lab) => {
        const end = new Subject<void>();
        merge(lab.service.events, of(1)).pipe(takeUntil(end)).subscribe();
        end.next();
      },
    ],
    [
      'unsubscribe',
      async (lab) => {
        lab.service.events.subscribe().unsubscribe();
      },
    ],
  ])('leaves no subscription behind after %s', async (_, use) => {
    const lab = await booted();
    const observers = (): number =>
      (lab.app.get(Orchestration).stream as unknown as { subject: { observers: unknown[] } })
        .subject.observers.length;
    const before = observers();
    await use(lab);
    expect(observers()).toBe(before);
  });
});

describe('The log', () => {
  it('B77: has one line for each event, whatever the error says', async () => {
    const { service, clock, work, logger } = await boot();
    await work('w', {}, () => {
      throw new Error('x\n[Nest] 1 - LOG admin logged in\u001b[2J\u2028y');
    });
    await service.triggerWorker('w');
    await clock.advance(0);
    const [line, ...more] = linesOf(logger, 'error');
    expect(more).toEqual([]);
    // eslint-disable-next-line no-control-regex -- these are what it is about
    expect(line).not.toMatch(/[\u0000-\u001f\u2028]/);
    expect(line).toContain('admin logged in');
  });

  it.each([
    [[], 'Started without workers'],
    [['sync'], 'Started with 1 worker: sync'],
    [['sync', 'report'], 'Started with 2 workers: sync, report'],
  ])('says at the start which workers there are: %j', async (names, line) => {
    const { logger, service, work } = await boot({ options: { autoStart: false } });
    for (const name of names) await work(name, {});
    await service.start();
    expect(linesOf(logger, 'log').at(-1)).toContain(line);
  });

  it('says no more than ten names at the start', async () => {
    const { logger, service, work } = await boot({ options: { autoStart: false } });
    for (let index = 0; index < 12; index++) await work(`w${String(index)}`, {});
    await service.start();
    expect(linesOf(logger, 'log').at(-1)).toMatch(/12 workers: w0, .*, w9 and 2 more$/);
  });

  it('says at the start how many there are besides, however long their names', async () => {
    const { logger, service, work } = await boot({ options: { autoStart: false } });
    for (let index = 0; index < 9; index++) await work(`w${String(index)}${'x'.repeat(120)}`, {});
    await service.start();
    expect(linesOf(logger, 'log').at(-1)).toMatch(
      /^Started with 9 workers: w0x+, w1x+, w2x+ and 6 more$/,
    );
  });

  it('says what to do about a worker that is off, however long the reason', async () => {
    const { logger, service, work } = await boot({ options: { autoStart: false } });
    await service.start();
    await work('w', {});
    await service.disableWorker('w', 'x'.repeat(10_000));
    await service.stop();
    await service.start();
    expect(linesOf(logger, 'warn').at(-1)).toMatch(
      /: x+…\. Call enableWorker\("w"\) to let it run\.$/,
    );
  });

  it('does not warn of a run that its worker skips', async () => {
    const { service, clock, work, logger } = await boot();
    await work('w', {}, () => {
      throw new SkipRunError('no mail today');
    });
    await service.triggerWorker('w');
    await clock.advance(0);
    expect(linesOf(logger, 'warn')).toEqual([]);
    expect(linesOf(logger, 'log')).toContainEqual(
      expect.stringMatching(
        /^Run \S+ of worker "w" was skipped: SKIPPED_BY_WORKER \(no mail today\)$/,
      ),
    );
  });

  it('says at the boot which workers a former process left off, since when and why', async () => {
    const store = new FakeStore('async');
    @Injectable()
    class Probers {
      @Worker({ name: 'broken', interval: '1h', maxRetries: 0, maxConsecutiveFailures: 1 })
      broken(): void {
        throw new Error('no such host');
      }

      @Worker({ name: 'healthy', interval: '1h' })
      healthy(): void {}
    }
    const former = await boot({ providers: [Probers], options: { engine: inProcess({ store }) } });
    await former.clock.advance('1s');

    const { logger } = await boot({
      providers: [Probers],
      options: { engine: inProcess({ store: store.copy() }) },
    });

    expect(linesOf(logger, 'warn').filter((line) => line.includes('still disabled'))).toEqual([
      expect.stringMatching(/^Worker "broken" is still disabled since 2026-01-01T00:00:00.000Z: ./),
    ]);
  });

  it('stays silent while all goes well', async () => {
    const { clock, work, logger } = await boot();
    await work('a', { interval: '1s' });
    await work('b', { interval: '2s', dependsOn: ['a'] });
    await work('c', { cron: '* * * * * *', blocks: ['a'] });
    for (const log of Object.values(logger)) log.mockClear();
    await clock.advance('1m');
    for (const level of ['log', 'warn', 'error'] as const)
      expect(linesOf(logger, level)).toEqual([]);
  });

  it('B27: that throws stops nobody', async () => {
    const { service, clock, work, logger } = await boot();
    for (const log of Object.values(logger)) {
      log.mockImplementation(() => {
        throw new Error('the disk of the log is full');
      });
    }
    let calls = 0;
    await work('w', { interval: '1s', maxConsecutiveFailures: 2 }, () => {
      calls++;
      throw new Error('no');
    });
    service.events.subscribe(() => {
      throw new Error('nor this');
    });
    await clock.advance('1m');
    expect(calls).toBe(2);
    expect(await service.getWorker('w')).toMatchObject({ enabled: false });
    for (const log of Object.values(logger)) log.mockReset();
  });
});

describe('B27: what is thrown stays where it was thrown', () => {
  const boom = (): never => {
    throw new Error('boom');
  };
  @Injectable()
  class Throwing {
    @Worker({ name: 'victim', interval: '1s', maxRetries: 0, maxConsecutiveFailures: 0 })
    work(): never {
      return boom();
    }
  }

  it.each<[string, (lab: Booted) => unknown]>([
    ['a decorated method', () => undefined],
    ['a registered function', ({ work }) => work('f', { interval: '1s' }, boom)],
    [
      'a listener of the signal',
      ({ work }) =>
        work('f', { interval: '1s', timeout: 10, abortGrace: 0 }, ({ signal }) => {
          signal.addEventListener('abort', boom);
          return new Promise(() => undefined);
        }),
    ],
    ['a subscriber of the events', ({ service }) => service.events.subscribe(boom)],
    ['retryIf', ({ work }) => work('f', { interval: '1s', maxRetries: 2, retryIf: boom }, boom)],
    [
      'the logger',
      ({ logger }) => {
        for (const log of Object.values(logger)) log.mockImplementation(boom);
      },
    ],
  ])('by %s: the others keep their rhythm', async (_, provoke) => {
    const lab = await boot({ providers: [Throwing] });
    let ticks = 0;
    await lab.work('healthy', { interval: '1s' }, () => ++ticks);
    await provoke(lab);
    await lab.clock.advance('10s');
    expect(ticks).toBe(11);
    expect(await lab.service.getWorker('victim')).toMatchObject({ failures: 11 });
  });
});
