import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Inject, Injectable, Module, Scope } from '@nestjs/common';
import { describe, expect, it, vi } from 'vitest';
import { OrchestratorModule, Worker, type WorkerOptions } from 'nestjs-orchestrator';
import { nothingEscapes } from '../../engine/engine-lab.js';
import { VirtualClock } from '../../../lib/testing/virtual-clock.js';
import { boot, bootError } from './boot.js';

nothingEscapes();

describe('B02: an interval that is no duration', () => {
  it.each([
    ...[0, -0, -1, NaN, Infinity, -Infinity, Number('1e400'), 0.4, 2 ** 53, 5n],
    ...['5', '', 'abc', null, {}, [], true],
  ])('stops the boot: %o', async (interval) => {
    let calls = 0;
    @Injectable()
    class Reports {
      @Worker({ interval } as WorkerOptions)
      nightly(): void {
        calls++;
      }
    }
    const clock = new VirtualClock();
    const error = await bootError({
      imports: [OrchestratorModule.forRoot({ clock })],
      providers: [Reports],
    });

    expect(error).toMatchObject({ code: 'WORKER_DEFINITION' });
    expect((error as Error).message).toContain('Reports.nightly: interval = ');
    expect(clock.pending).toBe(0);
    await clock.advance('1h');
    expect(calls).toBe(0);
  });
});

describe('B33: two workers of one name', () => {
  @Injectable()
  class Reports {
    calls = 0;
    @Worker({ name: 'nightly', interval: '1m' })
    write(): void {
      this.calls++;
    }
  }
  @Injectable()
  class Sales {
    @Worker({ name: 'nightly' })
    count(): void {}
  }
  @Injectable()
  class Special extends Reports {}
  @Module({ providers: [Reports] })
  class OneModule {}
  @Module({ providers: [Reports] })
  class OtherModule {}

  it.each([
    ['in two providers', { providers: [Reports, Sales] }, ['Reports.write', 'Sales.count']],
    [
      'of one class in two modules',
      { imports: [OneModule, OtherModule] },
      ['Reports.write (OneModule)', 'Reports.write (OtherModule)'],
    ],
    [
      'of a class and its base',
      { providers: [Reports, Special] },
      ['Reports.write', 'Special.write'],
    ],
  ])(
    '%s stop the boot, which names both places',
    async (
      _,
      {
        imports = [],
        ...others
      }: { imports?: (typeof OneModule)[]; providers?: (typeof Reports | typeof Sales)[] },
      places,
    ) => {
      const error = await bootError({
        imports: [OrchestratorModule.forRoot({ clock: new VirtualClock() }), ...imports],
        ...others,
      });

      for (const place of places) expect((error as Error).message).toContain(place);
    },
  );

  it('are one where an alias gives the same instance', async () => {
    const { app, clock } = await boot({
      providers: [Reports, { provide: 'ALIAS', useExisting: Reports }],
    });
    await clock.advance('2m');

    expect(app.get(Reports).calls).toBe(3);
  });
});

describe('B35: a worker of', () => {
  const ran = new Set<object>();

  @Injectable({ scope: Scope.REQUEST })
  class Scoped {
    @Worker({ name: 'w', interval: '1m' })
    work(): void {
      ran.add(this);
    }
  }
  @Injectable({ scope: Scope.TRANSIENT })
  class Transient extends Scoped {}
  @Injectable()
  class Dependent {
    constructor(@Inject('PER_REQUEST') readonly dependency: object) {}
    @Worker({ name: 'w', interval: '1m' })
    work(): void {
      ran.add(this);
    }
  }
  const perRequest = { provide: 'PER_REQUEST', scope: Scope.REQUEST, useFactory: () => ({}) };

  it.each([
    ['a request-scoped provider', [Scoped]],
    ['a transient provider', [Transient]],
    ['a provider that is request-scoped by a dependency', [Dependent, perRequest]],
  ])('%s runs in an instance of its own each time', async (_, providers) => {
    ran.clear();
    const { clock, service } = await boot({ providers });
    await clock.advance('2m');

    expect((await service.getWorker('w')).counts).toMatchObject({ succeeded: 3 });
    expect(ran.size).toBe(3);
  });
});

it('A registration that was refused leaves nothing behind', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const { work } = await boot();
  await work('import', {});
  const refusals: WeakRef<object>[] = [];
  const refused = async (): Promise<void> => {
    const error = await work('import', {}).catch((refusal: unknown) => refusal as object);
    refusals.push(new WeakRef(error ?? {}));
  };
  for (let n = 0; n < 3; n++) await refused();

  await vi.waitFor(() => {
    collect();
    expect(refusals.filter((refusal) => refusal.deref() !== undefined).length).toBeLessThan(2);
  }, 15_000);
});
