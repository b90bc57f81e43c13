import { Inject, Injectable, Scope } from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { describe, expect, it, vi } from 'vitest';
import type { OrchestratorEvent } from '../../lib/core/event.js';
import { OnWorkerEvent } from '../../lib/on-worker-event.decorator.js';
import { discover } from './discover.js';

const event: OrchestratorEvent = { type: 'worker.enabled', worker: 'fetch', at: new Date(0) };

@Injectable()
class Listener {
  readonly heard: unknown[] = [];

  @OnWorkerEvent('worker.enabled', 'fetch')
  @OnWorkerEvent(['run.due', 'run.started'])
  hear(given: OrchestratorEvent) {
    this.heard.push(given);
    return 'heard';
  }
}

describe('a handler of events', () => {
  it('is found once for each decorator, with its types and its worker', async () => {
    const { eventHandlers, problems } = await discover({ providers: [Listener] });

    expect(problems).toEqual([]);
    expect(eventHandlers).toMatchObject([
      { place: 'Listener.hear', types: ['run.due', 'run.started'], worker: undefined },
      { place: 'Listener.hear', types: ['worker.enabled'], worker: 'fetch' },
    ]);
  });

  it('is called on the instance with the event', async () => {
    const { app, eventHandlers } = await discover({ providers: [Listener] });

    expect(eventHandlers[0]!.call(event)).toBe('heard');
    expect(app.get(Listener).heard).toEqual([event]);
  });

  it('is called where a spy has taken its place', async () => {
    const { app, eventHandlers } = await discover({ providers: [Listener] });
    const spy = vi.spyOn(app.get(Listener), 'hear');

    eventHandlers[0]!.call(event);

    expect(spy).toHaveBeenCalledWith(event);
  });

  it('is inherited like a worker', async () => {
    @Injectable()
    class Special extends Listener {}
    const { eventHandlers } = await discover({ providers: [Special] });

    expect(eventHandlers.map(({ place }) => place)).toEqual(['Special.hear', 'Special.hear']);
  });

  it('has an instance of its own for each event where its host is request-scoped', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Scoped {
      constructor(@Inject(REQUEST) readonly request: unknown) {}
      @OnWorkerEvent('worker.enabled') hear() {
        return this;
      }
    }
    const { eventHandlers } = await discover({ providers: [Scoped] });

    const [one, two] = [
      (await eventHandlers[0]!.call(event)) as Scoped,
      (await eventHandlers[0]!.call(event)) as Scoped,
    ];

    expect(one).not.toBe(two);
    expect(one.request).toBe(event);
  });

  it('of what does not exist is reported, with the nearest that does', async () => {
    @Injectable()
    class Wrong {
      @OnWorkerEvent(['run.failed', 'run.timedout'] as never[]) near() {
        return 1;
      }
      @OnWorkerEvent('everything that happens' as never) far() {
        return 1;
      }
      @OnWorkerEvent({} as never) object() {
        return 1;
      }
      @OnWorkerEvent([]) nothing() {
        return 1;
      }
      @OnWorkerEvent('run.due', 7 as never) worker() {
        return 1;
      }
    }
    const { eventHandlers, problems } = await discover({ providers: [Wrong, Listener] });

    expect(eventHandlers).toHaveLength(2);
    expect(problems).toEqual([
      {
        place: 'Wrong.near',
        option: '@OnWorkerEvent',
        value: '"run.timedout"',
        remedy: 'did you mean "run.timed-out"?',
      },
      expect.objectContaining({
        place: 'Wrong.far',
        remedy: expect.stringContaining('run.due') as string,
      }),
      expect.objectContaining({ place: 'Wrong.object', value: 'an object' }),
      expect.objectContaining({ place: 'Wrong.nothing', value: 'an empty list' }),
      expect.objectContaining({ place: 'Wrong.worker', value: '7' }),
    ]);
  });
});
