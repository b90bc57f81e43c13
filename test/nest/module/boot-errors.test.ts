import { Injectable, type Type } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { inProcess, OptionsError, OrchestratorModule, Worker } from 'nestjs-orchestrator';
import { nothingEscapes } from '../../engine/engine-lab.js';
import { VirtualClock } from '../../../lib/testing/virtual-clock.js';
import { bootError, compile } from './boot.js';

nothingEscapes();

@Injectable()
class Reports {
  @Worker({ interval: '-5s' as never, timeout: 'soon' as never, timout: 1 } as never)
  nightly(): void {}

  @Worker({ name: 'fine', interval: '1s', dependsOn: ['fin'], blocks: ['fine'], groups: ['bd'] })
  fine(): void {}
}

@Injectable()
class Mail {
  @Worker({ name: 'twice' })
  one(): void {}

  @Worker({ name: 'a', dependsOn: ['b'] })
  a(): void {}

  @Worker({ name: 'b', dependsOn: ['c'] })
  b(): void {}

  @Worker({ name: 'c', dependsOn: ['a'] })
  c(): void {}
}

@Injectable()
class MoreMail {
  @Worker({ name: 'twice' })
  two(): void {}
}

async function messageOf(
  options: unknown,
  providers: (typeof Reports | typeof Mail | typeof MoreMail)[] = [],
): Promise<string> {
  const error = await bootError({
    imports: [OrchestratorModule.forRoot(options as never)],
    providers,
  });
  expect(error).toBeInstanceOf(Error);
  return (error as Error).message;
}

describe('A boot with mistakes', () => {
  it('tells all of them at once: class, method, option, value and remedy', async () => {
    const clock = new VirtualClock();
    const message = await messageOf(
      { clock, maxConcurrentWorkers: 0, groups: { db: -1 }, histroy: 3, defaults: { retryIf: 5 } },
      [Reports, Mail, MoreMail],
    );
    for (const line of [
      'OrchestratorModule: maxConcurrentWorkers = 0 – use a whole number, at least 1',
      'OrchestratorModule: groups["db"] = -1 – use a whole number, at least 1',
      'OrchestratorModule: histroy = 3 – did you mean "history"?',
      'Reports.nightly: interval = "-5s" – use a whole number of milliseconds',
      'Reports.nightly: timeout = "soon" – use',
      'Reports.nightly: timout = 1 – did you mean "timeout"?',
      'OrchestratorModule: defaults.retryIf = 5 – use a function',
      '"a" → "b" → "c" → "a"',
      'Worker "twice" is declared more than once: Mail.one and MoreMail.two.',
    ]) {
      expect(message).toContain(line);
    }
    expect(clock.pending).toBe(0);
  });

  it('tells wrong references with the nearest name', async () => {
    @Injectable()
    class Graph {
      @Worker({ name: 'fetch', dependsOn: ['proces'], blocks: ['fetch', 'nobody'], groups: ['bd'] })
      fetch(): void {}
      @Worker({ name: 'process', dependsOn: ['process'] })
      process(): void {}
    }
    const error = await bootError({
      imports: [OrchestratorModule.forRoot({ groups: { db: 1 } })],
      providers: [Graph],
    });
    expect(error).toMatchObject({ code: 'GRAPH_VALIDATION', problems: { length: 5 } });
    for (const part of [
      'Did you mean "process"?',
      'blocks itself',
      '"nobody"',
      'mean "db"',
      'depends on itself',
    ]) {
      expect((error as Error).message).toContain(part);
    }
  });

  it('tells a wrong override as one', async () => {
    @Injectable()
    class Host {
      @Worker({ name: 'w', interval: '1s' })
      work(): void {}
    }
    const error = await bootError({
      imports: [
        OrchestratorModule.forRoot({ overrides: { w: { backoff: { delay: 'x' as never } } } }),
      ],
      providers: [Host],
    });
    expect((error as Error).message).toContain(
      `Host.work (the module's overrides): backoff.delay = "x"`,
    );
  });

  it.each([
    ['defaults.name', { defaults: { name: 'x' } }],
    ['overrides["w"].name', { overrides: { w: { name: 'x' } } }],
    ['overrides["w"] = 5', { overrides: { w: 5 } }],
    ['overrides = 5', { overrides: 5 }],
    ['groups = "a b  c"', { groups: { 'a b  c': 1 } }],
    ['engine = "redis"', { engine: 'redis' }],
    ['clock = 5', { clock: 5 }],
    ['timeZone = "Mars/Olympus"', { timeZone: 'Mars/Olympus' }],
    ['shutdownTimeout = -1', { shutdownTimeout: -1 }],
    ['agingStep = 0', { agingStep: 0 }],
    ['tickInterval = 0.5', { tickInterval: 0.5 }],
    ['history = NaN', { history: NaN }],
    ['strict = "yes"', { strict: 'yes' }],
    ['autoStart = 1', { autoStart: 1 }],
    ['random = 0.5', { random: 0.5 }],
    ['defaults.backoff.delay = "x"', { defaults: { backoff: { delay: 'x' } } }],
    ['defaults.timout = 5', { defaults: { timout: 5 } }],
    ['options = an object', new Map([['history', 5]])],
    ['groups = an object', { groups: new Map([['db', 2]]) }],
    ['overrides = an object', { overrides: new Map([['w', { enabled: false }]]) }],
    ['clock = an object', { clock: { now: () => 0 } }],
  ])('names %s', async (text, options) => {
    expect(await messageOf(options)).toContain(`OrchestratorModule: ${text}`);
  });

  it.each([
    ['undefined', undefined],
    ['null', null],
    ['"text"', 'text'],
  ])('a factory that returns %s is told so', async (text, value) => {
    const error = await bootError({
      imports: [OrchestratorModule.forRootAsync({ useFactory: () => value as never })],
    });
    expect((error as Error).message).toContain(`options = ${text} – give an object to forRoot()`);
  });

  it.each([[undefined], [null], [{}], [{ inject: [] }]])(
    'forRootAsync(%j) is told what to give',
    (options) => {
      expect(() => OrchestratorModule.forRootAsync(options as never)).toThrow(
        'give one of useFactory, useClass and useExisting',
      );
    },
  );

  it.each([
    ['useClass', (maker: Type) => ({ useClass: maker })],
    [
      'useExisting',
      (maker: Type) => ({
        useExisting: maker,
        imports: [{ module: class Makers {}, providers: [maker], exports: [maker] }],
      }),
    ],
  ])('%s without createOrchestratorOptions() is told what it lacks', async (_, options) => {
    @Injectable()
    class Maker {
      createOptions(): object {
        return {};
      }
    }
    const error = await bootError({
      imports: [OrchestratorModule.forRootAsync(options(Maker))],
    });
    expect(error).toBeInstanceOf(OptionsError);
    expect((error as Error).message).toContain(
      'OrchestratorModule.forRootAsync(): createOrchestratorOptions = undefined – give the class of useClass',
    );
  });

  it.each([
    ['nothing', () => undefined, 'undefined'],
    ['a promise of one', () => Promise.resolve(), 'an object'],
    ['another function', () => inProcess(), 'a function'],
  ])('an engine function that returns %s is told so', async (_, engine, shown) => {
    const error = await bootError({ imports: [OrchestratorModule.forRoot({ engine } as never)] });
    expect(error).toMatchObject({
      code: 'OPTIONS',
      message: expect.stringContaining(
        `OrchestratorModule: engine() = ${shown} – return an engine from the function`,
      ),
    });
  });

  it.each([
    ['options = null', null],
    ['options = 5', 5],
    ['store = "./data"', { store: './data' }],
    ['store = an object', { store: { load: () => [] } }],
    ['store = null', { store: null }],
  ])('inProcess() refuses %s', (text, options) => {
    expect(() => inProcess(options as never)).toThrow(OptionsError);
    expect(() => inProcess(options as never)).toThrow(`inProcess(): ${text} – `);
  });

  it('tells what is wrong with the references of a worker whose options are wrong too', async () => {
    @Injectable()
    class Both {
      @Worker({ name: 'w', timeout: -1, dependsOn: ['nobody'] })
      work(): void {}
      @Worker({ name: 'x', dependsOn: ['w', 'y'] })
      x(): void {}
      @Worker({ name: 'y', dependsOn: ['x'], interval: 0 })
      y(): void {}
    }
    const message = await messageOf({}, [Both] as never);
    for (const part of ['timeout = -1', 'interval = 0', '"nobody"', '"x" → "y" → "x"']) {
      expect(message).toContain(part);
    }
  });

  it('an option named __proto__ changes nothing but the error', async () => {
    const defaults: unknown = JSON.parse('{"__proto__": {"enabled": false}}');
    @Injectable()
    class Host {
      @Worker({ name: 'w', interval: '1s' })
      work(): void {}
    }
    const error = await bootError({
      imports: [OrchestratorModule.forRoot({ defaults: defaults as never })],
      providers: [Host],
    });
    expect((error as Error).message).toContain('__proto__');
  });

  it('leaves no timer, starts nothing, and can be closed', async () => {
    const clock = new VirtualClock();
    let calls = 0;
    @Injectable()
    class Good {
      @Worker({ name: 'good', interval: '1s' })
      work(): void {
        calls++;
      }
    }
    const app = await compile(
      {
        imports: [OrchestratorModule.forRoot({ clock, strict: 'yes' as never })],
        providers: [Good],
      },
      clock,
    );
    await expect(app.init()).rejects.toMatchObject({ code: 'WORKER_DEFINITION' });
    await clock.advance('1m');
    expect(calls).toBe(0);
    expect(clock.pending).toBe(0);
    await app.close();
  });
});
