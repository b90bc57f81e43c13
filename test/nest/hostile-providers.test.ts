import * as namespace from 'node:path';
import { Injectable, Logger, Scope, type Provider } from '@nestjs/common';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Worker } from '../../lib/worker.decorator.js';
import { discover } from './discover.js';
import { fakeRun } from './fake-run.js';

@Injectable()
class Reports {
  @Worker() write() {
    return 'written';
  }
}

const asked = vi.fn(() => {
  throw new Error('It was asked.');
});

class WithGetters {
  get trap() {
    return asked();
  }
  static get trap() {
    return asked();
  }
}

class WithOwnGetter {
  constructor() {
    Object.defineProperty(this, 'constructor', { get: asked, enumerable: true });
  }
}

const throwing = new Proxy(
  {},
  Object.fromEntries(Object.getOwnPropertyNames(Reflect).map((trap) => [trap, asked])),
);

/** Nest itself asks an instance for its `then` and its hooks, so one that refuses even that cannot be provided. */
const refusing = new Proxy(
  {},
  {
    getPrototypeOf: asked,
    getOwnPropertyDescriptor: asked,
    ownKeys: asked,
    has: asked,
  },
);

class Endless {
  static create(): object {
    return new Proxy({}, { getPrototypeOf: () => Endless.create() });
  }
}

class WithConstructorGetter {}
Object.defineProperty(WithConstructorGetter.prototype, 'constructor', { get: asked });

const HOSTILE: Record<string, Provider> = {
  'useValue: null': { provide: 'X', useValue: null },
  'a number': { provide: 'X', useValue: 1 },
  'a function': { provide: 'X', useValue: WithGetters },
  'an object without a prototype': { provide: 'X', useValue: Object.create(null) },
  'an ES module namespace': { provide: 'X', useValue: namespace },
  'a class with getters that throw': WithGetters,
  'an instance with an own getter': WithOwnGetter,
  'a class whose constructor is a getter': WithConstructorGetter,
  'a Proxy that refuses to be inspected': { provide: 'X', useFactory: () => refusing },
  'an endless chain of prototypes': { provide: 'X', useFactory: () => Endless.create() },
  'a factory that gives nothing': { provide: 'X', useFactory: () => undefined },
  'a request-scoped factory': {
    provide: 'X',
    scope: Scope.REQUEST,
    useFactory: () => new Reports(),
  },
  'a transient factory': { provide: 'X', scope: Scope.TRANSIENT, useFactory: () => new Reports() },
};

beforeEach(() => {
  asked.mockClear();
  debug = vi.spyOn(Logger.prototype, 'debug').mockReturnValue();
});

afterEach(() => {
  debug.mockRestore();
});

let debug: ReturnType<typeof vi.spyOn>;

it.each(Object.entries(HOSTILE))('B36: goes on beside %s', async (_what, provider) => {
  const { worker, workers, problems } = await discover({ providers: [provider, Reports] });

  expect(workers).toHaveLength(1);
  expect(problems).toEqual([]);
  expect(worker('Reports.write').call(fakeRun())).toBe('written');
});

it('B36: asks no getter', async () => {
  await discover({ providers: [WithGetters, WithOwnGetter, WithConstructorGetter] });

  expect(asked).not.toHaveBeenCalled();
});

it.each([
  [
    'a Proxy that refuses to be inspected',
    'X of RootTestModule (it refuses to be inspected: Error: It was asked.)',
  ],
  ['an endless chain of prototypes', 'X of RootTestModule (it refuses to be inspected'],
  ['a factory that gives nothing', 'X of RootTestModule (its factory gave nothing)'],
  ['a request-scoped factory', 'X of RootTestModule (its factory runs once per request'],
  ['a transient factory', 'X of RootTestModule (its factory runs once per request'],
])('names %s in the log', async (what, line) => {
  await discover({ providers: [HOSTILE[what]!] });

  expect(debug).toHaveBeenCalledWith(expect.stringContaining(`Not searched for workers: ${line}`));
});

it('logs nothing where everything can be inspected', async () => {
  await discover({ providers: [Reports] });

  expect(debug).not.toHaveBeenCalled();
});

it.each([
  ['frozen', () => Object.freeze(new Reports())],
  ['sealed', () => Object.seal(new Reports())],
])('B36: finds the workers of a %s instance', async (_how, useFactory) => {
  const { worker } = await discover({ providers: [{ provide: Reports, useFactory }] });

  expect(worker('Reports.write').call(fakeRun())).toBe('written');
});

it.each([
  ['behind a Proxy', () => new Proxy(new Reports(), {})],
  [
    'behind a Proxy that shows no properties',
    () => new Proxy(new Reports(), { getOwnPropertyDescriptor: asked }),
  ],
])('finds the workers of an instance %s', async (_how, useFactory) => {
  const { worker } = await discover({ providers: [{ provide: Reports, useFactory }] });

  expect(worker('Reports.write').call(fakeRun())).toBe('written');
});

it('does not so much as touch a Proxy that throws at everything', async () => {
  // Only this far: Nest cannot make a provider of it, as it asks it for its `then`.
  const { readHost } = await import('../../lib/discovery/host.js');
  const wrapper = { isDependencyTreeStatic: () => true, instance: throwing };

  expect(readHost({} as never, wrapper as never)).toEqual({
    unreadable: 'it refuses to be inspected: Error: It was asked.',
  });
});
