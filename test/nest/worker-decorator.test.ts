import { describe, expect, expectTypeOf, it } from 'vitest';
import { WorkerDefinitionError } from '../../lib/core/errors.js';
import type { OrchestratorEvent } from '../../lib/core/event.js';
import type { RunContext } from '../../lib/execution/run-context.js';
import { OnWorkerEvent, type EventOf } from '../../lib/on-worker-event.decorator.js';
import { OrchestratedWorker, Worker } from '../../lib/worker.decorator.js';

/** What a decorator says when it is misused, which only JavaScript, or a cast, can do. */
function misuse(decorate: () => unknown): string {
  try {
    decorate();
  } catch (error) {
    expect(error).toBeInstanceOf(WorkerDefinitionError);
    return (error as Error).message;
  }
  throw new Error('It was accepted.');
}

describe.each([
  ['@Worker', Worker() as never as LooseDecorator],
  ['@OnWorkerEvent', OnWorkerEvent('run.failed') as never as LooseDecorator],
])('%s', (name, decorator) => {
  it('is refused on a class', () => {
    expect(
      misuse(() => {
        class Reports {}
        decorator(Reports);
      }),
    ).toContain(`Reports: ${name} = a class – decorate the method that does the work`);
  });

  it('is refused on a static method, with what to do', () => {
    expect(
      misuse(() => {
        class Reports {
          @decorator static write() {
            return 1;
          }
        }
        return Reports;
      }),
    ).toContain(
      `Reports.write: ${name} = a static method – make it an instance method of a provider`,
    );
  });

  it('is refused on a property', () => {
    expect(
      misuse(() => {
        class Reports {
          @decorator write = () => 1;
        }
        return Reports;
      }),
    ).toContain(`Reports.write: ${name} = a property`);
  });

  it('is refused on an accessor, without asking it', () => {
    expect(
      misuse(() => {
        class Reports {
          @decorator get write(): () => number {
            throw new Error('It was asked.');
          }
        }
        return Reports;
      }),
    ).toContain(`Reports.write: ${name} = an accessor`);
  });

  it('is refused where the compiler calls it as a standard decorator', () => {
    expect(misuse(() => decorator(() => 1, { kind: 'method', name: 'write' }))).toContain(
      '"experimentalDecorators": true',
    );
  });
});

type LooseDecorator = (target: unknown, member?: unknown, descriptor?: unknown) => void;

describe('the type of @Worker', () => {
  it('takes methods of a run, or of nothing, of any visibility', () => {
    class Reports {
      @Worker() withRun(run: RunContext) {
        return run.runId;
      }
      @Worker({ interval: '1m' }) async withPayload(run: RunContext<{ readonly id: number }>) {
        return Promise.resolve(run.payload.id);
      }
      @Worker() withNothing() {
        return undefined;
      }
      @Worker() private hidden(run: RunContext) {
        return run;
      }
      protected reach() {
        return this.hidden;
      }
    }
    expect(Reports).toBeDefined();
  });

  it('refuses other parameters, at compile time', () => {
    class Reports {
      // @ts-expect-error: a worker is given a run, not text
      @Worker() text(id: string) {
        return id;
      }
      // @ts-expect-error: and nothing after it
      @Worker() two(run: RunContext, more: number) {
        return [run, more];
      }
    }
    expect(Reports).toBeDefined();
  });

  it('refuses options that are none, at compile time', () => {
    // @ts-expect-error: no such option
    expectTypeOf(Worker).toBeCallableWith({ intervall: '1m' });
    // @ts-expect-error: no such unit
    expectTypeOf(Worker).toBeCallableWith({ interval: '1 fortnight' });
    expectTypeOf(Worker).toBeCallableWith({ name: 'a', cron: '0 3 * * *', dependsOn: ['b'] });
  });

  it('refuses classes, properties and static methods, at compile time', () => {
    expect(() => {
      // @ts-expect-error: a class is no method
      @Worker()
      class Reports {}
      return Reports;
    }).toThrow(WorkerDefinitionError);
    expect(() => {
      class Reports {
        // @ts-expect-error: a property is no method
        @Worker() write = () => 1;
      }
      return Reports;
    }).toThrow(WorkerDefinitionError);
    expect(() => {
      class Reports {
        // @ts-expect-error: a static method is none of instances
        @Worker() static write() {
          return 1;
        }
      }
      return Reports;
    }).toThrow(WorkerDefinitionError);
  });

  it('has an alias for files that import the class of BullMQ', () => {
    expect(OrchestratedWorker).toBe(Worker);
  });
});

describe('the type of @OnWorkerEvent', () => {
  it('gives the events of the types', () => {
    expectTypeOf<EventOf<'run.progress'>['fraction']>().toEqualTypeOf<number>();
    expectTypeOf<EventOf<'run.failed'>['type']>().toEqualTypeOf<'run.failed'>();
    expectTypeOf<EventOf<'run.failed' | 'run.due'>['type']>().toEqualTypeOf<
      'run.failed' | 'run.due'
    >();
    class Listener {
      @OnWorkerEvent('run.failed', 'fetch') failed(event: EventOf<'run.failed'>) {
        return event.failure?.message;
      }
      @OnWorkerEvent('run.due') @OnWorkerEvent(['run.started', 'run.lost']) any(
        event: OrchestratorEvent,
      ) {
        return event.type;
      }
      @OnWorkerEvent('worker.overdue') nothing() {
        return undefined;
      }
    }
    expect(Listener).toBeDefined();
  });

  it('refuses other types and other events, at compile time', () => {
    class Listener {
      // @ts-expect-error: no such type of event
      @OnWorkerEvent('run.exploded') exploded() {
        return 1;
      }
      // @ts-expect-error: that is not the event of the type
      @OnWorkerEvent('run.due') due(event: EventOf<'run.progress'>) {
        return event.fraction;
      }
    }
    expect(Listener).toBeDefined();
  });
});
