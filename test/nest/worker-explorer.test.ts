import {
  Controller,
  Get,
  Injectable,
  Logger,
  Module,
  Scope,
  type DynamicModule,
} from '@nestjs/common';
import { describe, expect, it, vi } from 'vitest';
import type { RunContext } from '../../lib/execution/run-context.js';
import { Worker } from '../../lib/worker.decorator.js';
import { discover, type Discovered } from './discover.js';
import { fakeRun } from './fake-run.js';

@Injectable()
class Reports {
  readonly written: unknown[] = [];

  @Worker({ name: 'nightly', interval: '1h' })
  write(run: RunContext) {
    this.written.push(run);
    return 'written';
  }

  @Worker()
  tidy() {
    return this.written.length;
  }

  notAWorker() {
    return 0;
  }
}

describe('a worker method', () => {
  it('is found in a provider, with its options', async () => {
    const { workers, problems } = await discover({ providers: [Reports] });

    expect(problems).toEqual([]);
    expect(workers).toMatchObject([
      { name: 'nightly', place: 'Reports.write', options: { interval: '1h' } },
      { name: 'Reports.tidy', place: 'Reports.tidy', options: {} },
    ]);
  });

  it('is called on the instance, with the run, and gives what it returns', async () => {
    const { app, worker } = await discover({ providers: [Reports] });
    const run = fakeRun();

    expect(worker('nightly').call(run)).toBe('written');
    expect(worker('nightly').host).toBe(app.get(Reports));
    expect(app.get(Reports).written).toEqual([run]);
    expect(worker('Reports.tidy').call(run)).toBe(1);
  });

  it('is found in a controller', async () => {
    @Controller('cats')
    class Cats {
      @Get() list() {
        return [];
      }
      @Worker() feed() {
        return this;
      }
    }
    const { app, worker } = await discover({ controllers: [Cats] });

    expect(worker('Cats.feed').call(fakeRun())).toBe(app.get(Cats));
  });

  it('is found in the class of a module', async () => {
    @Module({})
    class CatsModule {
      @Worker() feed() {
        return 'fed';
      }
    }
    const { worker } = await discover({ imports: [CatsModule] });

    expect(worker('CatsModule.feed').call(fakeRun())).toBe('fed');
  });

  it('is found in what factories and values give, also later', async () => {
    class Values extends Reports {}
    const { workers } = await discover({
      providers: [
        { provide: 'BY_CLASS', useClass: Reports },
        { provide: 'BY_VALUE', useValue: new Values() },
        {
          provide: 'BY_FACTORY',
          useFactory: async () => {
            await Promise.resolve();
            return new (class Made extends Reports {})();
          },
        },
      ],
    });

    expect(workers.map(({ place }) => place)).toEqual([
      'Reports.write',
      'Reports.tidy',
      'Values.write',
      'Values.tidy',
      'Made.write',
      'Made.tidy',
    ]);
  });

  it('is found under a symbol', async () => {
    const key = Symbol('secret');
    @Injectable()
    class Secrets {
      @Worker({ name: 'secret' }) [key]() {
        return this;
      }
    }
    const { app, worker } = await discover({ providers: [Secrets] });

    expect(worker('secret').call(fakeRun())).toBe(app.get(Secrets));
  });

  it('stays one when another decorator wraps it', async () => {
    const wrapped: MethodDecorator = (_target, _key, descriptor: PropertyDescriptor) => {
      const inner = descriptor.value as () => string;
      descriptor.value = () => `wrapped ${inner()}`;
    };
    @Injectable()
    class Orders {
      @wrapped @Worker() above() {
        return 'above';
      }
      @Worker() @wrapped below() {
        return 'below';
      }
    }
    const { worker } = await discover({ providers: [Orders] });

    expect(worker('Orders.above').call(fakeRun())).toBe('wrapped above');
    expect(worker('Orders.below').call(fakeRun())).toBe('wrapped below');
  });

  it('stays one when the constructor binds it, or a spy replaces it', async () => {
    @Injectable()
    class Orders {
      constructor() {
        this.ship = this.ship.bind(this);
      }
      @Worker() ship() {
        return 'shipped';
      }
    }
    const { app, worker } = await discover({ providers: [Orders] });
    expect(worker('Orders.ship').call(fakeRun())).toBe('shipped');

    const spy = vi.spyOn(app.get(Orders), 'ship').mockReturnValue('spied');

    expect(worker('Orders.ship').call(fakeRun())).toBe('spied');
    expect(spy).toHaveBeenCalledTimes(1);
  });
});

describe('an inherited worker method', () => {
  it('goes by the name of each class that is provided', async () => {
    abstract class Sync {
      @Worker({ interval: '1m' }) run() {
        return this.constructor.name;
      }
    }
    @Injectable()
    class UserSync extends Sync {}
    @Injectable()
    class OrderSync extends Sync {}
    const { worker } = await discover({ providers: [UserSync, OrderSync] });

    expect(worker('UserSync.run').call(fakeRun())).toBe('UserSync');
    expect(worker('OrderSync.run').call(fakeRun())).toBe('OrderSync');
  });

  it('is two of one name when base and subclass are provided and the name is explicit', async () => {
    @Injectable()
    class Special extends Reports {}
    const { workers } = await discover({ providers: [Reports, Special] });

    expect(workers.filter(({ name }) => name === 'nightly').map(({ place }) => place)).toEqual([
      'Reports.write',
      'Special.write',
    ]);
  });

  it('is none where an override is not decorated, which is logged', async () => {
    const debug = vi.spyOn(Logger.prototype, 'debug').mockReturnValue();
    @Injectable()
    class Quiet extends Reports {
      override tidy() {
        return -1;
      }
    }
    const { workers } = await discover({ providers: [Quiet] });

    expect(workers.map(({ place }) => place)).toEqual(['Quiet.write']);
    expect(debug).toHaveBeenCalledWith(expect.stringContaining('Quiet.tidy overrides'));
    debug.mockRestore();
  });

  it('has the options of the override where that is decorated', async () => {
    @Injectable()
    class Hourly extends Reports {
      @Worker({ name: 'hourly-tidy', interval: '1h' })
      override tidy() {
        return -1;
      }
    }
    const { worker, workers } = await discover({ providers: [Hourly] });

    expect(workers).toHaveLength(2);
    expect(worker('hourly-tidy').call(fakeRun())).toBe(-1);
  });
});

describe('one instance under several tokens', () => {
  const places = ({ workers }: Discovered) => workers.map(({ place }) => place);

  it.each([
    ['useExisting', { provide: 'ALIAS', useExisting: Reports }],
    ['a factory', { provide: 'ALIAS', useFactory: (it: Reports) => it, inject: [Reports] }],
  ])('B33: is one host, given by %s', async (_how, alias) => {
    @Module({ providers: [Reports, alias], exports: ['ALIAS'] })
    class ReportsModule {}
    @Module({
      imports: [ReportsModule],
      providers: [{ provide: 'FAR', useExisting: 'ALIAS' }],
    })
    class FarModule {}

    expect(places(await discover({ imports: [FarModule] }))).toEqual([
      'Reports.write',
      'Reports.tidy',
    ]);
  });
});

it('searches an alias of a request-scoped host no further', async () => {
  const debug = vi.spyOn(Logger.prototype, 'debug').mockReturnValue();
  @Injectable({ scope: Scope.REQUEST })
  class Scoped extends Reports {}
  const { workers } = await discover({
    providers: [Scoped, { provide: 'ALIAS', useExisting: Scoped }],
  });

  expect(workers.map(({ place }) => place)).toEqual(['Scoped.write', 'Scoped.tidy']);
  expect(debug).not.toHaveBeenCalled();
  debug.mockRestore();
});

describe('two hosts that read alike', () => {
  it('are told apart by their modules', async () => {
    @Module({ providers: [Reports] })
    class FirstModule {}
    @Module({ providers: [Reports] })
    class SecondModule {}
    const { workers } = await discover({ imports: [FirstModule, SecondModule] });

    expect(workers.filter(({ name }) => name === 'nightly').map(({ place }) => place)).toEqual([
      'Reports.write (FirstModule)',
      'Reports.write (SecondModule)',
    ]);
  });

  it('are told apart by their tokens in one module', async () => {
    const { workers } = await discover({
      providers: [
        { provide: 'EAST', useClass: Reports },
        { provide: 'WEST', useClass: Reports },
      ],
    });

    expect(workers.map(({ place }) => place)).toEqual([
      'Reports.write (RootTestModule, EAST)',
      'Reports.tidy (RootTestModule, EAST)',
      'Reports.write (RootTestModule, WEST)',
      'Reports.tidy (RootTestModule, WEST)',
    ]);
  });

  it('are both there when a dynamic module is imported twice', async () => {
    @Module({})
    class FeatureModule {
      static forFeature = (): DynamicModule => ({ module: FeatureModule, providers: [Reports] });
    }
    const { workers } = await discover({
      imports: [FeatureModule.forFeature(), FeatureModule.forFeature()],
    });

    expect(workers.filter(({ name }) => name === 'nightly')).toHaveLength(2);
  });
});

describe('what is declared wrongly', () => {
  it('is reported whole, and the rest is found', async () => {
    @Injectable()
    class Wrong {
      @Worker({ name: 'a' }) @Worker({ name: 'b' }) twice() {
        return 1;
      }
      @Worker('text' as never) text() {
        return 1;
      }
      @Worker(null as never) nothing() {
        return 1;
      }
    }
    class Nameless {
      @Worker() run() {
        return 1;
      }
    }
    Object.defineProperty(Nameless, 'name', { value: '' });
    const { problems, workers } = await discover({
      providers: [Wrong, { provide: 'NAMELESS', useFactory: () => new Nameless() }, Reports],
    });

    expect(workers.map(({ name }) => name)).toEqual(['nightly', 'Reports.tidy']);
    expect(problems).toEqual([
      {
        place: 'Wrong.twice',
        option: '@Worker',
        value: '2 times on one method',
        remedy: 'keep one of them',
      },
      expect.objectContaining({ place: 'Wrong.text', option: '@Worker', value: '"text"' }),
      expect.objectContaining({ place: 'Wrong.nothing', option: '@Worker', value: 'null' }),
      expect.objectContaining({ place: '(class without a name).run', option: 'name' }),
    ]);
  });

  it('includes a decorated method that something else replaced', async () => {
    @Injectable()
    class Lost {
      constructor() {
        Object.defineProperty(this, 'run', { get: () => expect.unreachable('It was asked.') });
      }
      @Worker() run() {
        return 1;
      }
    }
    const { problems, workers } = await discover({ providers: [Lost] });

    expect(workers).toEqual([]);
    expect(problems).toMatchObject([{ place: 'Lost.run', option: '@Worker', value: 'undefined' }]);
  });
});
