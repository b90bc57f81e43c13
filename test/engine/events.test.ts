import { describe, expect, it } from 'vitest';
import { currentRun } from '../../lib/execution/current-run.js';
import { engineLab, nothingEscapes, sleepOn } from './engine-lab.js';

nothingEscapes();

describe('Events', () => {
  it('of a run come in the order of its life', async () => {
    const { engine, clock, define, told } = engineLab({ maxConcurrentWorkers: 1 });
    await define('first', {}, () => sleepOn(clock)(10));
    let calls = 0;
    await define('w', { maxRetries: 1, backoff: 10 }, (run) => {
      run.progress(0.5, 'half');
      if (++calls === 1) throw new Error('no');
    });
    await engine.start();
    await engine.trigger('first', {});
    await engine.trigger('w', {});
    await clock.advance(100);
    expect(told('w')).toEqual([
      'due',
      'waiting',
      'started',
      'progress',
      'retrying',
      'started',
      'progress',
      'succeeded',
    ]);
  });

  it('that a listener causes come after the ones that are being told', async () => {
    const lab = engineLab();
    const { engine, clock, define, events } = lab;
    await define('w', {});
    lab.listen((event) => {
      if (event.type === 'run.due' && events.length < 20) void engine.trigger('w', {});
    });
    await engine.start();
    await engine.trigger('w', {});
    await clock.advance(0);
    const seen = new Map<string, string[]>();
    for (const event of events) {
      if (!('runId' in event)) continue;
      seen.set(event.runId, [...(seen.get(event.runId) ?? []), event.type.slice(4)]);
    }
    for (const types of seen.values()) {
      expect(types.filter((type) => type !== 'waiting')).toEqual(['due', 'started', 'succeeded']);
    }
    expect(seen.size).toBeGreaterThan(3);
  });

  it('are told outside of the run that caused them', async () => {
    const lab = engineLab();
    const { engine, clock, define } = lab;
    const runs: unknown[] = [];
    lab.listen(() => runs.push(currentRun()?.runId));
    await define('cause', {}, (run) => {
      run.progress(0.5);
      return engine.trigger('effect', {});
    });
    await define('effect', {});
    await engine.start();
    await engine.trigger('cause', {});
    await clock.advance(0);
    expect(runs.length).toBeGreaterThan(7);
    expect(new Set(runs)).toEqual(new Set([undefined]));
  });
});
