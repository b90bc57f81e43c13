import { AsyncLocalStorage } from 'node:async_hooks';
import {
  Catch,
  Controller,
  ForbiddenException,
  Inject,
  Injectable,
  Logger,
  Module,
  ParseIntPipe,
  Scope,
  SetMetadata,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  ValidationPipe,
  type ArgumentMetadata,
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  type DynamicModule,
  type ExceptionFilter,
  type ExecutionContext,
  type NestInterceptor,
  type PipeTransform,
  type Type,
} from '@nestjs/common';
import {
  APP_FILTER,
  APP_GUARD,
  APP_INTERCEPTOR,
  APP_PIPE,
  DiscoveryModule,
  REQUEST,
  Reflector,
} from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { EMPTY, NEVER, Observable, lastValueFrom, map, of, throwError } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { WorkerExplorer } from '../../lib/discovery/worker-explorer.js';
import type { RunContext } from '../../lib/execution/run-context.js';
import { Worker } from '../../lib/worker.decorator.js';
import { discover } from './discover.js';
import { fakeRun } from './fake-run.js';

/** Ends as an attempt does: drains what was returned. */
async function attempt(result: unknown): Promise<unknown> {
  const value = await result;
  return value instanceof Observable ? lastValueFrom(value, { defaultValue: undefined }) : value;
}

async function attemptOf(host: Type, run: RunContext = fakeRun()): Promise<unknown> {
  const { workers, problems } = await discover({ providers: [host] });
  expect(problems).toEqual([]);
  return attempt(workers[0]!.call(run));
}

const Role = SetMetadata('role', 'operator');

@Injectable()
class Policy {
  allows: (context: ExecutionContext) => boolean = () => true;
}

@Injectable()
class PolicyGuard implements CanActivate {
  constructor(
    readonly policy: Policy,
    readonly reflector: Reflector,
  ) {}
  canActivate(context: ExecutionContext): boolean {
    return this.policy.allows(context);
  }
}

@Injectable()
class Host {
  @Role @UseGuards(PolicyGuard) @Worker({ name: 'guarded' }) work() {
    return 'done';
  }
}

describe('a method with nothing bound', () => {
  it('is called as it is, without a promise in between', async () => {
    @Injectable()
    class Plain {
      @Worker() work(run: RunContext) {
        return run;
      }
    }
    const { worker } = await discover({ providers: [Plain] });
    const run = fakeRun();

    expect(worker('Plain.work').call(run)).toBe(run);
  });

  it('gives its Observable untouched', async () => {
    const source = of(1);
    @Injectable()
    class Plain {
      @Worker() work() {
        return source;
      }
    }
    const { worker } = await discover({ providers: [Plain] });

    expect(worker('Plain.work').call(fakeRun())).toBe(source);
  });
});

describe('a guard', () => {
  const boot = (allows: Policy['allows']) =>
    discover({ providers: [Host, { provide: Policy, useValue: { allows } }] });

  it('knows what it guards', async () => {
    const allows = vi.fn<Policy['allows']>(() => true);
    const { app, worker } = await boot(allows);
    const run = fakeRun();

    expect(await worker('guarded').call(run)).toBe('done');
    const [context] = allows.mock.calls[0]!;
    expect(context.getType<string>()).toBe('orchestrator');
    expect(context.getArgByIndex(0)).toBe(run);
    expect(context.getArgs()).toEqual([run]);
    expect(context.getClass()).toBe(Host);
    expect(app.get(Reflector).get('role', context.getHandler())).toBe('operator');
  });

  it('fails the attempt that it refuses', async () => {
    const { worker } = await boot(() => false);

    await expect(worker('guarded').call(fakeRun())).rejects.toThrow(
      new ForbiddenException('Forbidden resource'),
    );
  });

  it('fails the attempt with what it throws', async () => {
    const thrown = new Error('the store of policies is down');
    const { worker } = await boot(() => {
      throw thrown;
    });

    await expect(worker('guarded').call(fakeRun())).rejects.toBe(thrown);
  });

  it('applies when bound to the class, or inherited with it', async () => {
    @UseGuards({ canActivate: () => false })
    class Base {
      @Worker() work() {
        return 'done';
      }
    }
    @Injectable()
    class Concrete extends Base {}

    await expect(attemptOf(Concrete)).rejects.toThrow('Forbidden');
  });

  it('applies to a controller', async () => {
    const allows = vi.fn<Policy['allows']>(() => false);
    @Controller()
    class Cats {
      @UseGuards(PolicyGuard) @Worker() feed() {
        return 'fed';
      }
    }
    const { worker } = await discover({
      controllers: [Cats],
      providers: [{ provide: Policy, useValue: { allows } }],
    });

    await expect(worker('Cats.feed').call(fakeRun())).rejects.toThrow('Forbidden');
    expect(allows).toHaveBeenCalledTimes(1);
  });

  it.each([
    ['provider', 'providers'],
    ['controller', 'controllers'],
  ])('that is request-scoped is made for each attempt of a %s', async (_kind, kind) => {
    const seen: unknown[] = [];
    @Injectable({ scope: Scope.REQUEST })
    class ScopedGuard implements CanActivate {
      constructor(@Inject(REQUEST) readonly run: RunContext) {}
      canActivate() {
        seen.push(this.run);
        return true;
      }
    }
    @Controller()
    class Scoped {
      @UseGuards(ScopedGuard) @Worker() work(run: RunContext) {
        return run;
      }
    }
    const { worker } = await discover({ [kind]: [Scoped] });
    const runs = [fakeRun(), fakeRun()];

    for (const run of runs) expect(await worker('Scoped.work').call(run)).toBe(run);
    expect(seen).toEqual(runs);
    expect(seen[0]).toBe(runs[0]);
  });

  it('can be overridden in tests', async () => {
    const app = await Test.createTestingModule({
      imports: [DiscoveryModule],
      providers: [WorkerExplorer, Host, Policy],
    })
      .overrideGuard(PolicyGuard)
      .useValue({ canActivate: () => false })
      .compile();

    const [worker] = app.get(WorkerExplorer).explore().workers;

    await expect(worker!.call(fakeRun())).rejects.toThrow('Forbidden');
  });

  it('that Nest would not make for the host is refused at boot', async () => {
    const { problems, workers } = await discover({
      providers: [Policy, { provide: 'HOST', useFactory: () => new Host() }],
    });

    expect(workers).toEqual([]);
    expect(problems).toEqual([
      {
        place: 'Host.work',
        option: '@UseGuards',
        value: 'PolicyGuard',
        remedy: expect.stringContaining('provide the host by its class') as string,
      },
    ]);
  });

  it('is found where the class is provided, though a factory elsewhere gives the same instance', async () => {
    @Module({ providers: [Host, Policy], exports: [Host] })
    class HostModule {}
    @Module({ imports: [HostModule] })
    class FirstModule {
      static register = (): DynamicModule => ({
        module: FirstModule,
        providers: [{ provide: 'HOST', useFactory: (host: Host) => host, inject: [Host] }],
      });
    }
    const { problems, worker } = await discover({ imports: [FirstModule.register()] });

    expect(problems).toEqual([]);
    expect(await worker('guarded').call(fakeRun())).toBe('done');
  });

  it('that is transient is made for its host', async () => {
    @Injectable({ scope: Scope.TRANSIENT })
    class TransientGuard implements CanActivate {
      constructor(readonly policy: Policy) {}
      canActivate(context: ExecutionContext) {
        return this.policy.allows(context);
      }
    }
    @Injectable()
    class Guarded {
      @UseGuards(TransientGuard) @Worker() work() {
        return 'done';
      }
    }
    const { worker } = await discover({ providers: [Policy, Guarded] });

    expect(await worker('Guarded.work').call(fakeRun())).toBe('done');
  });
});

describe('an interceptor', () => {
  const mapped = (change: (value: unknown) => unknown): NestInterceptor => ({
    intercept: (_context: ExecutionContext, next: CallHandler) => next.handle().pipe(map(change)),
  });

  it('changes the result, the outer one last', async () => {
    @Injectable()
    @UseInterceptors(mapped((value) => `class(${String(value)})`))
    class Intercepted {
      @UseInterceptors(mapped((value) => `method(${String(value)})`))
      @Worker()
      work() {
        return Promise.resolve('done');
      }
    }

    expect(await attemptOf(Intercepted)).toBe('class(method(done))');
  });

  it('keeps the asynchronous context of the attempt', async () => {
    const storage = new AsyncLocalStorage<string>();
    @Injectable()
    @UseInterceptors(mapped((value) => value))
    class Intercepted {
      @Worker() work() {
        return storage.getStore();
      }
    }

    expect(await storage.run('this run', () => attemptOf(Intercepted))).toBe('this run');
  });

  it('takes part in an Observable, and in an async generator', async () => {
    @Injectable()
    @UseInterceptors(mapped((value) => Number(value) * 10))
    class Intercepted {
      @Worker() observable() {
        return of(1, 2);
      }
      @Worker() async *generator() {
        yield await Promise.resolve(3);
        yield 4;
      }
      @Worker() empty() {
        return EMPTY;
      }
    }
    const { worker } = await discover({ providers: [Intercepted] });
    const end = (name: string) => attempt(worker(name).call(fakeRun()));

    expect(await end('Intercepted.observable')).toBe(20);
    expect(await end('Intercepted.generator')).toBe(40);
    expect(await end('Intercepted.empty')).toBeUndefined();
  });

  it('leaves the Observable to be unsubscribed by the caller', async () => {
    const unsubscribed = vi.fn();
    let begin!: () => void;
    const begun = new Promise<void>((resolve) => (begin = resolve));
    @Injectable()
    @UseInterceptors(mapped((value) => value))
    class Intercepted {
      @Worker() work() {
        return new Observable(() => {
          begin();
          return unsubscribed;
        });
      }
    }
    const { worker } = await discover({ providers: [Intercepted] });
    const result = (await worker('Intercepted.work').call(fakeRun())) as Observable<unknown>;

    const subscription = result.subscribe();
    await begun;
    subscription.unsubscribe();

    expect(unsubscribed).toHaveBeenCalledTimes(1);
  });

  it('may keep the method from being called', async () => {
    const called = vi.fn();
    @Injectable()
    @UseInterceptors({ intercept: () => of('cached') })
    class Intercepted {
      @Worker() work() {
        called();
      }
    }

    expect(await attemptOf(Intercepted)).toBe('cached');
    expect(called).not.toHaveBeenCalled();
  });
});

describe('a pipe', () => {
  it('changes the payload that the method sees, and nothing else of the run', async () => {
    const run = fakeRun('41');
    @Injectable()
    class Piped {
      @UsePipes(ParseIntPipe, { transform: (value: number) => value + 1 })
      @Worker()
      work(seen: RunContext<number>) {
        seen.progress(0.5);
        seen.extendTimeout('1s');
        return seen;
      }
    }

    const seen = (await attemptOf(Piped, run)) as RunContext<number>;

    expect(seen.payload).toBe(42);
    expect(run.payload).toBe('41');
    expect(run.progressed).toEqual([0.5, -1]);
    const { payload: _, progress: __, extendTimeout: ___, ...others } = seen;
    expect(others).toEqual({
      runId: 'run-1',
      worker: 'fake',
      attempt: 1,
      scheduledAt: new Date(0),
      missedCount: 2,
      lastSuccessAt: undefined,
      fencingToken: 7,
      signal: run.signal,
      logger: run.logger,
    });
  });

  it('leaves the run itself to the method where it changes nothing', async () => {
    const run = fakeRun('same');
    @Injectable()
    class Piped {
      @UsePipes({ transform: (value: unknown) => value })
      @Worker()
      work(seen: RunContext) {
        return seen;
      }
    }

    expect(await attemptOf(Piped, run)).toBe(run);
  });

  it('is told that the payload is a body', async () => {
    const metadata: ArgumentMetadata[] = [];
    @Injectable()
    class Noting implements PipeTransform {
      transform(value: unknown, given: ArgumentMetadata) {
        metadata.push(given);
        return value;
      }
    }
    @Injectable()
    class Piped {
      @UsePipes(Noting) @Worker() work() {
        return 1;
      }
    }
    await attemptOf(Piped);

    expect(metadata).toMatchObject([{ type: 'body', metatype: undefined, data: undefined }]);
  });

  it('fails the attempt with what it throws', async () => {
    @Injectable()
    class Piped {
      @UsePipes(ParseIntPipe) @Worker() work() {
        return 1;
      }
    }

    await expect(attemptOf(Piped, fakeRun('many'))).rejects.toThrow('numeric string is expected');
  });

  it('comes after the guards, which see the payload as it was given', async () => {
    const seen: unknown[] = [];
    @Injectable()
    class Piped {
      @UseGuards({
        canActivate: (context: ExecutionContext) =>
          seen.push(context.getArgByIndex<RunContext>(0).payload) > 0,
      })
      @UsePipes(ParseIntPipe)
      @Worker()
      work({ payload }: RunContext) {
        return payload;
      }
    }

    expect(await attemptOf(Piped, fakeRun('7'))).toBe(7);
    expect(seen).toEqual(['7']);
  });
});

describe('a ValidationPipe', () => {
  class Order {
    id = 0;
  }
  const packages = {
    validatorPackage: { validate: () => Promise.resolve([]) },
    transformerPackage: {
      plainToInstance: (type: Type, value: object) => Object.assign(new type() as object, value),
      classToPlain: (value: unknown) => value,
    } as never,
    transform: true,
  };

  it('makes the payload of its expectedType', async () => {
    @Injectable()
    class Validated {
      @UsePipes(new ValidationPipe({ ...packages, expectedType: Order }))
      @Worker()
      work({ payload }: RunContext<Order>) {
        return payload;
      }
    }
    const warn = vi.spyOn(Logger.prototype, 'warn');

    expect(await attemptOf(Validated, fakeRun({ id: 5 }))).toBeInstanceOf(Order);
    expect(warn).not.toHaveBeenCalled();
  });

  it('without one validates nothing, which is said at boot', async () => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
    @Injectable()
    class Validated {
      @UsePipes(new ValidationPipe(packages)) @Worker() work() {
        return 1;
      }
    }
    await attemptOf(Validated);

    expect(warn).toHaveBeenCalledWith(
      expect.stringMatching(/^Validated\.work: its ValidationPipe validates nothing/),
    );
    warn.mockRestore();
  });
});

describe('a filter', () => {
  const failure = new RangeError('too many');

  @Catch(RangeError)
  class Answering implements ExceptionFilter {
    catch(error: unknown, host: ArgumentsHost): unknown {
      return { error, type: host.getType<string>(), run: host.getArgByIndex<unknown>(0) };
    }
  }

  it('ends the attempt well with what it returns', async () => {
    const run = fakeRun();
    @Injectable()
    class Filtered {
      @UseFilters(Answering) @Worker() work(): void {
        throw failure;
      }
    }

    expect(await attemptOf(Filtered, run)).toEqual({ error: failure, type: 'orchestrator', run });
  });

  it.each([
    ['nothing', () => undefined],
    ['a promise of nothing', () => Promise.resolve()],
  ])('that returns %s leaves the attempt failed, as it was', async (_what, answer) => {
    @Injectable()
    class Filtered {
      @UseFilters({ catch: answer }) @Worker() work(): void {
        throw failure;
      }
    }

    await expect(attemptOf(Filtered)).rejects.toBe(failure);
  });

  it('changes the error by throwing another', async () => {
    @Injectable()
    class Filtered {
      @UseFilters({
        catch: (error: Error) => {
          throw new Error(`wrapped ${error.message}`);
        },
      })
      @Worker()
      work(): void {
        throw failure;
      }
    }

    await expect(attemptOf(Filtered)).rejects.toThrow('wrapped too many');
  });

  it('leaves errors alone that are none of its own, and logs nothing', async () => {
    const error = vi.spyOn(Logger.prototype, 'error');
    @Injectable()
    class Filtered {
      @UseFilters(Answering) @Worker() work(): void {
        throw new TypeError('no filter for this');
      }
    }

    await expect(attemptOf(Filtered)).rejects.toThrow('no filter for this');
    expect(error).not.toHaveBeenCalled();
  });

  it.each([
    ['an Observable', () => throwError(() => failure)],
    [
      'an async generator',
      // eslint-disable-next-line require-yield
      async function* () {
        await Promise.resolve();
        throw failure;
      },
    ],
    ['a promise', () => Promise.reject(failure)],
  ])('hears what %s fails with', async (_what, work) => {
    @Injectable()
    @UseInterceptors({ intercept: (_: unknown, next: CallHandler) => next.handle() })
    class Intercepted {
      @UseFilters(Answering) @Worker() work() {
        return work();
      }
    }
    @Injectable()
    class Bare {
      @UseFilters(Answering) @Worker() work() {
        return work();
      }
    }

    for (const host of [Intercepted, Bare]) {
      expect(await attemptOf(host)).toMatchObject({ error: failure });
    }
  });

  it('may answer with an Observable', async () => {
    @Injectable()
    class Filtered {
      @UseFilters({ catch: () => of(1, 2) }) @Worker() promise() {
        return Promise.reject(failure);
      }
      @UseFilters({ catch: () => of(3, 4) }) @Worker() observable() {
        return throwError(() => failure);
      }
    }
    const { worker } = await discover({ providers: [Filtered] });

    expect(await attempt(worker('Filtered.promise').call(fakeRun()))).toBe(2);
    expect(await attempt(worker('Filtered.observable').call(fakeRun()))).toBe(4);
  });

  it('hears of guards that refuse', async () => {
    @Injectable()
    @UseFilters({ catch: (error: Error) => error.message })
    class Filtered {
      @UseGuards({ canActivate: () => false }) @Worker() work() {
        return 1;
      }
    }

    expect(await attemptOf(Filtered)).toBe('Forbidden resource');
  });
});

describe('what is bound globally', () => {
  it('does not apply, as it is written for requests', async () => {
    const asked = vi.fn(() => {
      throw new Error('There is no request.');
    });
    @Injectable()
    class Worked {
      @UseGuards({ canActivate: () => true }) @Worker() guarded() {
        return 'done';
      }
      @Worker() plain() {
        return 'done';
      }
    }
    const { app, worker } = await discover({
      providers: [
        Worked,
        { provide: APP_GUARD, useValue: { canActivate: asked } },
        { provide: APP_INTERCEPTOR, useValue: { intercept: asked } },
        { provide: APP_PIPE, useValue: { transform: asked } },
        { provide: APP_FILTER, useValue: { catch: asked } },
      ],
    });
    app.createNestApplication().useGlobalGuards({ canActivate: asked });

    expect(await worker('Worked.guarded').call(fakeRun())).toBe('done');
    expect(worker('Worked.plain').call(fakeRun())).toBe('done');
    expect(asked).not.toHaveBeenCalled();
  });
});

it('looks the method up when it is called, so that spies are', async () => {
  const { app, worker } = await discover({ providers: [Host, Policy] });
  vi.spyOn(app.get(Host), 'work').mockReturnValue('spied');

  expect(await worker('guarded').call(fakeRun())).toBe('spied');
});

it('waits for a guard that does not settle, without calling the method', async () => {
  const called = vi.fn();
  @Injectable()
  class Guarded {
    @UseGuards({ canActivate: () => lastValueFrom(NEVER) }) @Worker() work() {
      called();
    }
  }
  const { worker } = await discover({ providers: [Guarded] });
  void worker('Guarded.work').call(fakeRun());
  await Promise.resolve();

  expect(called).not.toHaveBeenCalled();
});
