import { Test } from '@nestjs/testing';
import { describe, expect, it } from 'vitest';
import {
  inProcess,
  OrchestratorModule,
  OrchestratorService,
  type Engine,
  type EngineHost,
  type OrchestratorOptions,
  type WorkerOptions,
} from 'nestjs-orchestrator';
import { VirtualClock } from '../../../lib/testing/virtual-clock.js';
import { FakeStore } from '../../engine/fake-store.js';

/** An application in virtual time with one failing worker, and the lines that it logs. */
async function failing(
  store: FakeStore,
  clock: VirtualClock,
  call: () => unknown,
  options: WorkerOptions = {},
  module: OrchestratorOptions = {},
): Promise<{
  orchestrator: OrchestratorService;
  lines: string[];
  init: () => Promise<unknown>;
  close: () => Promise<void>;
}> {
  const app = await Test.createTestingModule({
    imports: [OrchestratorModule.forRoot({ clock, engine: inProcess({ store }), ...module })],
  }).compile();
  const lines: string[] = [];
  const log = (line: string): void => void lines.push(line);
  app.useLogger({ log, warn: log, error: log });
  const orchestrator = app.get(OrchestratorService);
  await orchestrator.registerWorker('w', call, {
    interval: '1m',
    maxRetries: 0,
    maxConsecutiveFailures: 1,
    ...options,
  });
  return {
    orchestrator,
    lines,
    init: () => app.init(),
    close: async () => {
      const closing = app.close();
      await clock.advance('1m');
      await closing;
    },
  };
}

describe('The log of a start', () => {
  it('does not say it of a worker whose probe has enabled it', async () => {
    const store = new FakeStore('sync');
    const clock = new VirtualClock();
    const options = { autoEnableAfter: '1h' } as const;
    const fail = (): never => {
      throw new Error('broken');
    };
    const before = await failing(store, clock, fail, options);
    await before.init();
    await clock.advance('1s');
    await before.close();
    await clock.advance('2h');

    const after = await failing(store, clock, () => 'repaired', options);
    await after.init();
    await clock.advance('1s');

    expect((await after.orchestrator.getWorker('w')).state).not.toBe('disabled');
    expect(after.lines.join('\n')).not.toContain('is still disabled');
    await after.close();
  });

  it('says it once, although start() is called while it starts', async () => {
    const clock = new VirtualClock();
    const app = await failing(new FakeStore('async'), clock, () => 1, {}, { autoStart: false });
    await app.init();
    await app.orchestrator.disableWorker('w', 'broken');

    await Promise.all([app.orchestrator.start(), app.orchestrator.start()]);

    expect(app.lines.filter((line) => line.includes('is still disabled'))).toHaveLength(1);
    await app.close();
  });

  it('says it as soon as somebody leads, where the engine cannot tell at once', async () => {
    const store = new FakeStore('sync');
    const clock = new VirtualClock();
    const before = await failing(store, clock, () => 1);
    await before.init();
    await before.orchestrator.disableWorker('w', 'by hand');
    await before.close();
    let host: EngineHost | undefined;
    let isLed = false;
    const slow = (given: EngineHost): Engine => {
      host = given;
      const engine = inProcess({ store })(given);
      const { start, status } = engine;
      engine.start = async (reach) => {
        await start.call(engine, reach);
        return undefined;
      };
      engine.status = async () => {
        const known = await status.call(engine);
        return isLed ? known : { ...known, engineProblem: 'nobody leads' };
      };
      return engine;
    };

    const after = await failing(store, clock, () => 1, {}, { engine: slow });
    await after.init();
    const lines = () => after.lines.filter((line) => line.includes('is still disabled'));
    expect(lines()).toEqual([]);

    isLed = true;
    for (let term = 2; term < 4; term++) {
      host?.onEvent({ type: 'leader.elected', at: new Date(), replica: 'a', term }, true);
      await clock.advance(0);
      expect(lines()).toHaveLength(1);
    }
    await after.close();
  });

  it('says when one that cools down is tried again', async () => {
    const store = new FakeStore('sync');
    const clock = new VirtualClock();
    const fail = (): never => {
      throw new Error('broken');
    };
    const before = await failing(store, clock, fail, { autoEnableAfter: '1h' });
    await before.init();
    await clock.advance('1s');
    await before.close();

    const after = await failing(store, clock, fail, { autoEnableAfter: '1h' });
    await after.init();

    expect(after.lines.find((line) => line.includes('is still disabled'))).toMatch(
      /It is tried again at 2026-01-01T01:00:00\.000Z\.$/,
    );
    await after.close();
  });
});
