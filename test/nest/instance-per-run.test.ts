import { setFlagsFromString } from 'node:v8';
import { setImmediate as turn } from 'node:timers/promises';
import { runInNewContext } from 'node:vm';
import { Controller, Inject, Injectable, Module, Scope } from '@nestjs/common';
import { ContextIdFactory, REQUEST, type ContextId } from '@nestjs/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunContext } from '../../lib/execution/run-context.js';
import { Worker } from '../../lib/worker.decorator.js';
import { discover } from './discover.js';
import { fakeRun } from './fake-run.js';

let made: number;
beforeEach(() => {
  made = 0;
});

@Injectable({ scope: Scope.REQUEST })
class Tenant {
  readonly number = (made += 1);
  constructor(@Inject(REQUEST) readonly run: RunContext) {}
}

@Injectable({ scope: Scope.REQUEST })
class RequestScoped {
  readonly number = (made += 1);
  constructor(@Inject(REQUEST) readonly run: RunContext) {}
  @Worker({ name: 'scoped' }) work(run: RunContext) {
    return { host: this, given: run, injected: this.run };
  }
}

@Injectable()
class ScopedByDependency {
  constructor(readonly tenant: Tenant) {}
  @Worker({ name: 'scoped' }) work(run: RunContext) {
    return { host: this, given: run, injected: this.tenant.run };
  }
}

@Controller({ path: 'cats', scope: Scope.REQUEST })
class ScopedController {
  constructor(@Inject(REQUEST) readonly run: RunContext) {}
  @Worker({ name: 'scoped' }) work(run: RunContext) {
    return { host: this, given: run, injected: this.run };
  }
}

interface Result {
  readonly host: object;
  readonly given: unknown;
  readonly injected: unknown;
}

describe.each([
  ['a request-scoped provider', { providers: [RequestScoped] }],
  [
    'a request-scoped provider under a token',
    { providers: [{ provide: 'X', useClass: RequestScoped }] },
  ],
  [
    'a provider that a dependency makes request-scoped',
    { providers: [Tenant, ScopedByDependency] },
  ],
  ['a request-scoped controller', { controllers: [ScopedController] }],
])('%s', (_what, metadata) => {
  it('B35: is made anew for each attempt, which is its request', async () => {
    const { worker } = await discover(metadata);
    const [first, second] = [fakeRun(), fakeRun()];

    const one = (await worker('scoped').call(first)) as Result;
    const two = (await worker('scoped').call(second)) as Result;

    expect(worker('scoped').host).toBeUndefined();
    expect(one.host).not.toBe(two.host);
    expect(one).toMatchObject({ given: first, injected: first });
    expect(two).toMatchObject({ given: second, injected: second });
  });

  it('is made anew when the same object comes again', async () => {
    const { worker } = await discover(metadata);
    const run = fakeRun();

    const one = (await worker('scoped').call(run)) as Result;
    const two = (await worker('scoped').call(run)) as Result;

    expect(one.host).not.toBe(two.host);
  });

  it('takes a run that is frozen', async () => {
    const { worker } = await discover(metadata);
    const run = Object.freeze(fakeRun());

    expect(await worker('scoped').call(run)).toMatchObject({ given: run, injected: run });
  });
});

it('B35: makes a transient provider anew for each attempt', async () => {
  @Injectable({ scope: Scope.TRANSIENT })
  class Transient {
    readonly number = (made += 1);
    @Worker({ name: 'transient' }) work() {
      return this;
    }
  }
  const { worker } = await discover({ providers: [Transient] });

  const one = (await worker('transient').call(fakeRun())) as Transient;
  const two = (await worker('transient').call(fakeRun())) as Transient;

  expect(one).toBeInstanceOf(Transient);
  expect(two.number).toBe(one.number + 1);
});

it('shares a request-scoped dependency within an attempt only', async () => {
  @Injectable()
  class Repository {
    constructor(readonly tenant: Tenant) {}
  }
  @Injectable()
  class Host {
    constructor(
      readonly tenant: Tenant,
      readonly repository: Repository,
    ) {}
    @Worker({ name: 'shared' }) work() {
      return [this.tenant.number, this.repository.tenant.number];
    }
  }
  const { worker } = await discover({ providers: [Tenant, Repository, Host] });

  expect(await worker('shared').call(fakeRun())).toEqual([1, 1]);
  expect(await worker('shared').call(fakeRun())).toEqual([2, 2]);
});

it('lets code below join the sub-tree of the attempt by the run', async () => {
  const { app, worker } = await discover({ providers: [Tenant, ScopedByDependency] });
  const run = fakeRun();
  const { host } = (await worker('scoped').call(run)) as Result;

  const joined = await app.resolve(Tenant, ContextIdFactory.getByRequest(run));

  expect(joined).toBe((host as ScopedByDependency).tenant);
});

it('resolves the host in its own module when two modules provide the class', async () => {
  @Injectable({ scope: Scope.REQUEST })
  class Host {
    constructor(@Inject('PLACE') readonly place: string) {}
    @Worker() work() {
      return this.place;
    }
  }
  @Module({ providers: [Host, { provide: 'PLACE', useValue: 'first' }] })
  class FirstModule {}
  @Module({ providers: [Host, { provide: 'PLACE', useValue: 'second' }] })
  class SecondModule {}
  const { workers } = await discover({ imports: [FirstModule, SecondModule] });

  expect(workers.map(({ place }) => place)).toEqual([
    'Host.work (FirstModule)',
    'Host.work (SecondModule)',
  ]);
  expect(await Promise.all(workers.map(({ call }) => call(fakeRun())))).toEqual([
    'first',
    'second',
  ]);
});

it('fails the attempt when the host cannot be made', async () => {
  @Injectable({ scope: Scope.REQUEST })
  class Broken {
    constructor() {
      throw new Error('no connection');
    }
    @Worker() work() {
      return 1;
    }
  }
  const { worker } = await discover({ providers: [Broken] });

  await expect(worker('Broken.work').call(fakeRun())).rejects.toThrow('no connection');
});

it('lets go of an instance when its attempt is over', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const { worker } = await discover({ providers: [RequestScoped] });
  const instances: WeakRef<object>[] = [];
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const { host } = (await worker('scoped').call(fakeRun())) as Result;
    instances.push(new WeakRef(host));
  }

  await turn();
  collect();

  expect(instances.filter((instance) => instance.deref() !== undefined).length).toBeLessThan(5);
});

describe('durable providers', () => {
  afterEach(() => {
    ContextIdFactory.apply(undefined as never);
  });

  it('are shared by the attempts of which the strategy says so', async () => {
    const trees = new Map<unknown, ContextId>();
    ContextIdFactory.apply({
      attach(contextId, request: RunContext<string>) {
        const tenant = request.payload;
        const tree = trees.get(tenant) ?? ContextIdFactory.create();
        trees.set(tenant, tree);
        return {
          resolve: ({ isTreeDurable }) => (isTreeDurable ? tree : contextId),
          payload: { tenant },
        };
      },
    });
    @Injectable({ scope: Scope.REQUEST, durable: true })
    class Connection {
      constructor(@Inject(REQUEST) readonly request: unknown) {}
    }
    @Injectable({ scope: Scope.REQUEST, durable: true })
    class Host {
      constructor(readonly connection: Connection) {}
      @Worker({ name: 'durable' }) work() {
        return this;
      }
    }
    const { worker } = await discover({ providers: [Connection, Host] });
    const host = async (tenant: string) => (await worker('durable').call(fakeRun(tenant))) as Host;

    const [first, again, other] = [await host('a'), await host('a'), await host('b')];

    expect(again).toBe(first);
    expect(other).not.toBe(first);
    expect(first.connection.request).toEqual({ tenant: 'a' });
  });
});
