import { Injectable } from '@nestjs/common';
import { SpanStatusCode, trace, type Span } from '@opentelemetry/api';
import {
  NonRetryableError,
  SkipRunError,
  Worker,
  type OrchestratorOptions,
  type RunContext,
} from 'nestjs-orchestrator';
import { OrchestratorTelemetryModule } from 'nestjs-orchestrator/metrics';
import { defer, of, tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { ChurningMap } from '../../lib/core/churning-map.js';
import { RunSpans } from '../../lib/metrics/open-telemetry/run-spans.js';
import { SpanEnder } from '../../lib/metrics/open-telemetry/span-ender.js';
import { boot, type Booted } from '../nest/module/boot.js';
import { TelemetryLab } from './telemetry-lab.js';

const lab = new TelemetryLab();
const SECRET = 'S3CRET';

function bootTraced(
  telemetry: Parameters<typeof OrchestratorTelemetryModule.forRoot>[0] = {},
  options: OrchestratorOptions = {},
): Promise<Booted> {
  return boot({ imports: [OrchestratorTelemetryModule.forRoot(telemetry)], options });
}

/** What an application traces by itself. */
function traced<Result>(name: string, work: (span: Span) => Result): Result {
  return trace.getTracer('application').startActiveSpan(name, (span) => {
    try {
      return work(span);
    } finally {
      span.end();
    }
  });
}

const idOf = (name: string, index = 0): string | undefined =>
  lab.spansNamed(name)[index]?.spanContext().spanId;

const parentOf = (name: string, index = 0): string | undefined =>
  lab.spansNamed(name)[index]?.parentSpanContext?.spanId;

describe('a run', () => {
  it('is a span of its own, with its attempts as children', async () => {
    const { service, work, clock } = await bootTraced();
    const body = ({ attempt }: RunContext): void => {
      if (attempt === 1) throw new TypeError('no');
    };
    await work('flaky', { maxRetries: 1, backoff: { type: 'fixed', delay: '1s' } }, body);
    const run = await service.triggerWorker('flaky', { payload: SECRET });
    await clock.advance('1m');

    const [span] = lab.spansNamed('run flaky');
    expect(span?.parentSpanContext).toBeUndefined();
    expect(span?.attributes).toMatchObject({
      'orchestrator.worker': 'flaky',
      'orchestrator.run.id': run.id,
      'orchestrator.run.missed_count': 0,
      'orchestrator.outcome': 'succeeded',
    });
    expect(lab.spans.map(({ name }) => name)).toEqual([
      'attempt flaky',
      'attempt flaky',
      'run flaky',
    ]);
    expect([parentOf('attempt flaky', 0), parentOf('attempt flaky', 1)]).toEqual([
      idOf('run flaky'),
      idOf('run flaky'),
    ]);
    const [first, second] = lab.spansNamed('attempt flaky');
    expect(first?.status.code).toBe(SpanStatusCode.ERROR);
    expect(first?.attributes).toMatchObject({
      'orchestrator.attempt': 1,
      'orchestrator.outcome': 'failed',
      'error.type': 'TypeError',
    });
    expect(second?.status.code).toBe(SpanStatusCode.UNSET);
    expect(second?.attributes).toMatchObject({ 'orchestrator.attempt': 2 });
  });

  it('tells in its span what it waited for', async () => {
    const { service, work, clock } = await bootTraced();
    await work('long', {}, () => clock.wait('10s'));
    await work('late', { blocks: 'long' });
    await service.triggerWorker('long');
    await service.triggerWorker('late');
    await clock.advance('1m');

    expect(lab.spansNamed('run late')[0]?.events).toMatchObject([
      {
        name: 'waiting',
        attributes: { 'orchestrator.reason': 'BLOCKED', 'orchestrator.held_by': 'long' },
      },
    ]);
  });

  it.each([
    ['succeeded', () => undefined, SpanStatusCode.UNSET],
    [
      'failed',
      () => {
        throw new NonRetryableError('no');
      },
      SpanStatusCode.ERROR,
    ],
    ['timed-out', () => new Promise(() => undefined), SpanStatusCode.ERROR],
    [
      'skipped',
      () => {
        throw new SkipRunError('nothing to do');
      },
      SpanStatusCode.UNSET,
    ],
  ])('ends its spans where it has %s', async (outcome, body, code) => {
    const { service, work, clock } = await bootTraced();
    await work('any', { timeout: '1s', abortGrace: '1s' }, body);
    await service.triggerWorker('any');
    await clock.advance('1m');

    const ended = lab.spans.map(({ name, status, attributes }) => ({
      name,
      code: status.code,
      outcome: attributes['orchestrator.outcome'],
    }));
    expect(ended).toEqual([
      { name: 'attempt any', code, outcome },
      { name: 'run any', code, outcome },
    ]);
  });

  it('ends its span where it is cancelled before it starts', async () => {
    const { service, work } = await bootTraced();
    await work('any', {});
    await service.pause();
    await (await service.triggerWorker('any')).cancel();

    expect(lab.spans.map(({ name }) => name)).toEqual(['run any']);
    expect(lab.spans[0]?.attributes).toMatchObject({ 'orchestrator.outcome': 'cancelled' });
  });

  it('goes on in its span while it stands for further due instants', async () => {
    const { service, work, clock } = await bootTraced();
    await work('long', {}, () => clock.wait('5m'));
    await work('late', { interval: '1m', runOnStart: false, blocks: 'long' });
    await service.triggerWorker('long');
    await clock.advance('4m');
    expect(lab.spansNamed('run late')).toEqual([]);

    await clock.advance('1m');
    expect(lab.spansNamed('run late')[0]?.attributes).toMatchObject({
      'orchestrator.outcome': 'succeeded',
    });
  });
});

describe('what a worker traces', () => {
  it.each([
    ['at once', () => traced('own', () => undefined)],
    [
      'after a while',
      async () => {
        await Promise.resolve();
        traced('own', () => undefined);
      },
    ],
    ['in an Observable', () => defer(() => of(1)).pipe(tap(() => traced('own', () => undefined)))],
    ['in a promise of one', async () => of(1).pipe(tap(() => traced('own', () => undefined)))],
    [
      'in an async iterable',
      async function* () {
        await Promise.resolve();
        yield traced('own', () => 1);
      },
    ],
  ])('%s is a child of its attempt', async (_when, body) => {
    const { service, work, clock } = await bootTraced();
    await work('any', {}, body);
    await service.triggerWorker('any');
    await clock.advance(1);

    expect(parentOf('own')).toBe(idOf('attempt any'));
    expect(idOf('attempt any')).toBeDefined();
  });

  it('belongs to the attempt after an update of the worker too', async () => {
    const { service, work, clock } = await bootTraced();
    await work('any', {}, () => traced('own', () => undefined));
    await service.updateWorker('any', { priority: 'HIGH' });
    await service.triggerWorker('any');
    await clock.advance(1);

    expect(parentOf('own')).toBe(idOf('attempt any'));
  });

  it('belongs to the attempt of a worker method too', async () => {
    @Injectable()
    class Host {
      @Worker({ name: 'method' })
      run(): void {
        traced('own', () => undefined);
      }
    }
    const imports = [OrchestratorTelemetryModule];
    const { service, clock } = await boot({ imports, providers: [Host] });
    await service.triggerWorker('method');
    await clock.advance(1);

    expect(parentOf('own')).toBe(idOf('attempt method'));
    expect(idOf('attempt method')).toBeDefined();
  });

  it('of concurrent runs stays apart', async () => {
    const { service, work, clock } = await bootTraced();
    await work('both', { concurrency: 2 }, async () => {
      await clock.wait('1s');
      traced('own', () => undefined);
    });
    await service.triggerWorker('both');
    await service.triggerWorker('both');
    await clock.advance('1m');

    const parents = [parentOf('own', 0), parentOf('own', 1)];
    expect(new Set(parents)).toEqual(new Set([idOf('attempt both', 0), idOf('attempt both', 1)]));
    expect(new Set(parents).size).toBe(2);
  });
});

describe('a trigger', () => {
  it('is linked to from the run, whose trace is its own', async () => {
    const { service, work, clock } = await bootTraced();
    await work('any', {});
    const request = await traced('request', async (span) => {
      await service.triggerWorker('any');
      return span.spanContext();
    });
    await clock.advance(1);

    const [run] = lab.spansNamed('run any');
    expect(run?.links).toMatchObject([
      { context: { traceId: request.traceId, spanId: request.spanId, traceFlags: 1 } },
    ]);
    expect(run?.spanContext().traceId).not.toBe(request.traceId);
  });

  it('with a delay is linked to, though it is due long after', async () => {
    const { service, work, clock } = await bootTraced();
    await work('any', {});
    await traced('request', () => service.triggerWorker('any', { delay: '1h' }));
    await traced('bystander', () => clock.advance('2h'));

    expect(lab.spansNamed('run any')[0]?.links.map(({ context: { spanId } }) => spanId)).toEqual([
      idOf('request'),
    ]);
  });

  it('by another worker is linked to its attempt', async () => {
    const { service, work, clock } = await bootTraced();
    await work('next', {});
    await work('first', {}, () => service.triggerWorker('next'));
    await service.triggerWorker('first');
    await clock.advance(1);

    expect(lab.spansNamed('run next')[0]?.links.map(({ context: { spanId } }) => spanId)).toEqual([
      idOf('attempt first'),
    ]);
  });

  it('in an event handler is linked to what it is called in', async () => {
    const { service, work, clock } = await bootTraced();
    await work('first', {});
    await work('next', {});
    service.events.subscribe((event) => {
      if (event.type !== 'run.succeeded' || event.worker !== 'first') return;
      void traced('handler', () => service.triggerWorker('next'));
    });
    await service.triggerWorker('first');
    await clock.advance(1);

    expect(lab.spansNamed('run next')[0]?.links.map(({ context: { spanId } }) => spanId)).toEqual([
      idOf('handler'),
    ]);
  });

  it('that nobody traces leaves no link, nor does a schedule', async () => {
    const { service, work, clock } = await bootTraced();
    await work('any', { interval: '1h', runOnStart: false });
    await service.triggerWorker('any');
    await traced('bystander', () => clock.advance('1h'));

    expect(lab.spansNamed('run any').map(({ links }) => links)).toEqual([[], []]);
  });
});

describe('B73: what was thrown', () => {
  const leaky = (): never => {
    throw new NonRetryableError(`connect postgres://u:${SECRET}@db/x`);
  };

  it('is in no span, nor is the payload', async () => {
    const { service, work, clock } = await bootTraced();
    await work('leaky', {}, leaky);
    await service.triggerWorker('leaky', { payload: { token: SECRET } });
    await clock.advance(1);

    expect(lab.spans).toHaveLength(2);
    for (const { attributes, events, status, name } of lab.spans) {
      expect(JSON.stringify({ attributes, events, status, name })).not.toMatch(/S3CRET|postgres/);
    }
  });

  it('is in the spans where that is asked for', async () => {
    const { service, work, clock } = await bootTraced({ recordErrors: true });
    await work('any', {}, () => {
      throw new NonRetryableError('the disk is full');
    });
    await service.triggerWorker('any');
    await clock.advance(1);

    expect(lab.spansNamed('attempt any')[0]?.events).toMatchObject([
      {
        name: 'exception',
        attributes: {
          'exception.type': 'NonRetryableError',
          'exception.message': 'the disk is full',
        },
      },
    ]);
  });
});

it('traces nothing, and calls workers all the same, where the application has no set-up', async () => {
  trace.disable();
  const { service, work, clock, events } = await bootTraced();
  await work('any', {}, () => 'result');
  const run = await traced('request', () => service.triggerWorker('any'));
  await clock.advance(1);

  expect(await run.finished()).toBe('result');
  expect(lab.spans).toEqual([]);
  expect(events.find(({ type }) => type === 'run.due')).not.toHaveProperty('traceparent');
});

it('remembers no run that has ended', () => {
  const spans = new RunSpans(trace.getTracer('test'), new SpanEnder(false), () => false);
  const live = Reflect.get(spans, 'live') as ChurningMap<unknown>;
  const run = { at: new Date(0), worker: 'any', runId: 'a' };

  spans.hear({ ...run, type: 'run.due', scheduledAt: new Date(0), missedCount: 0 });
  expect(live.values()).toHaveLength(1);

  spans.hear({ ...run, type: 'run.cancelled', why: 'it is not wanted' });
  expect(live.values()).toEqual([]);
});

describe('where another replica leads from now on', () => {
  const ofEachReplica = (worker: string): boolean => worker === 'each';
  const run = (worker: string) => ({ at: new Date(0), worker, runId: `${worker}-1` });
  const due = { scheduledAt: new Date(0), missedCount: 0 };

  it('the spans of its runs end here, but for those of workers that each replica runs by itself', () => {
    const spans = new RunSpans(trace.getTracer('test'), new SpanEnder(false), ofEachReplica);
    for (const worker of ['each', 'once']) spans.hear({ ...run(worker), type: 'run.due', ...due });

    const lost = { replica: 'a', term: 1, why: 'it could not be renewed' };
    spans.hear({ at: new Date(0), type: 'leader.lost', ...lost });

    expect(lab.spansNamed('run once')[0]?.attributes).toMatchObject({
      'orchestrator.run.handed_over': true,
    });
    expect(lab.spansNamed('run each')).toEqual([]);
    expect(spans.contextOf('each-1')).toBeDefined();
    spans.hear({ at: new Date(0), type: 'orchestrator.stopped' });
    expect(spans.contextOf('each-1')).toBeUndefined();
  });

  it('a span begins there with links to what it was until now, and to who triggered it', () => {
    const spans = new RunSpans(trace.getTracer('test'), new SpanEnder(false), ofEachReplica);
    const [before, trigger] = ['1', '2'].map((digit) => digit.repeat(32));
    const traceparents = [before, trigger].map((traceId) => `00-${traceId}-${'3'.repeat(16)}-01`);

    spans.takeOver({ worker: 'once', runId: 'once-1', traceparents });
    spans.hear({ ...run('once'), type: 'run.cancelled', why: 'enough' });

    const [span] = lab.spansNamed('run once');
    expect(span?.links.map(({ context }) => context.traceId)).toEqual([before, trigger]);
    expect(span?.attributes).toMatchObject({
      'orchestrator.run.taken_over': true,
      'orchestrator.outcome': 'cancelled',
    });
  });
});
