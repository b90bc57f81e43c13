import { OrchestratorService, type RunContext } from 'nestjs-orchestrator';
import { describe, expect, it } from 'vitest';
import { testData } from './kit.js';
import { Source } from './workers.js';

/** What takes real time, as I/O does, and longer than the virtual time of others would. */
async function real(): Promise<string> {
  for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
  return 'real';
}

const never = (): Promise<never> => new Promise(() => undefined);

/** Workers beside the others, with the body that each is given. */
async function testBodies(
  bodies: Record<string, (run: RunContext) => unknown>,
  options?: Parameters<typeof testData>[0],
) {
  const tested = await testData(options);
  const orchestrator = tested.app.get(OrchestratorService);
  for (const [name, body] of Object.entries(bodies)) {
    await orchestrator.registerWorker(name, body, { timeout: '30s', maxRetries: 0 });
  }
  const passedMs = () => tested.kit.clock.now() - tested.kit.clock.startedAt.getTime();
  return { ...tested, orchestrator, passedMs };
}

describe('Time stands still', () => {
  it('for the body of a run that awaits something real, though another waits on the clock', async () => {
    const { kit, orchestrator, passedMs } = await testBodies({
      ticking: async () => {
        for (let second = 0; second < 25; second++) await kit.clock.wait('1s');
      },
      reading: real,
    });
    await orchestrator.triggerWorker('ticking');

    expect(await kit.run('reading')).toBe('real');

    expect(passedMs()).toBe(0);
  });

  it('for the body that holds the run back', async () => {
    const { kit, source, passedMs } = await testBodies({});
    source.fetch = real;

    const ran = await Promise.all([kit.run('clean-up'), kit.run('fetch-data')]);

    expect(ran[1]).toEqual([0, 'real']);
    kit.expectNeverConcurrent('clean-up', 'fetch-data');
    expect(passedMs()).toBe(0);
  });

  it('for the real work of a run which the body awaits', async () => {
    const { kit, orchestrator, passedMs } = await testBodies({
      parent: async () => (await orchestrator.triggerWorker('child')).finished(),
      child: real,
      ticking: () => kit.clock.wait('25s'),
    });
    await orchestrator.triggerWorker('ticking');

    expect(await kit.run('parent')).toBe('real');

    expect(passedMs()).toBe(0);
  });

  it('for no longer than its patience, and then says for whom', async () => {
    const { kit, orchestrator } = await testBodies(
      { stuck: never, ticking: () => kit.clock.wait('25s') },
      { patience: '20ms' },
    );
    await orchestrator.triggerWorker('ticking');

    await expect(kit.run('stuck')).rejects.toThrow(
      /^Time has stood still for 20ms, because "stuck" awaits something real: [^]*`patience`[^]*stuck started/,
    );
  });
});

describe('Time passes', () => {
  it('for a run which the body awaits, and which waits on the clock', async () => {
    const { kit, orchestrator, passedMs } = await testBodies({
      parent: async () => (await orchestrator.triggerWorker('child')).finished(),
      child: () => kit.clock.wait('5s').then(() => 'grown'),
    });

    expect(await kit.run('parent')).toBe('grown');

    expect(passedMs()).toBe(5_000);
  });

  it('for a body that awaits what the test lets wait on the clock', async () => {
    const { kit, source, passedMs } = await testBodies({});
    const arrival = kit.clock.wait('5s').then(() => 'data');
    source.fetch = () => arrival;

    expect(await kit.run('fetch-data')).toEqual([0, 'data']);

    expect(passedMs()).toBe(5_000);
  });

  it('for a delayed trigger, whoever awaits something real', async () => {
    const { kit, orchestrator, passedMs } = await testBodies({ stuck: never });
    await orchestrator.triggerWorker('stuck', {});

    await kit.run('report', { delay: '20s' });

    expect(passedMs()).toBe(20_000);
  });
});

describe('A run that cannot start', () => {
  it('is told apart at once where nothing is due at all, although schedules are on', async () => {
    const { app, kit } = await testData({ schedules: true }, { imports: [], providers: [Source] });
    const orchestrator = app.get(OrchestratorService);
    await orchestrator.registerWorker('first', () => undefined);
    await orchestrator.registerWorker('second', () => undefined, { dependsOn: 'first' });

    await expect(kit.run('second')).rejects.toThrow(
      'The run cannot start. "second" is waiting; held back: DEPENDENCY by "first"',
    );
  });

  it('is given up once patience is spent, where others go on falling due', async () => {
    const { app, kit } = await testData({ patience: '100ms' });
    await app.get(OrchestratorService).disableWorker('fetch-data');
    await kit.startSchedules();

    await expect(kit.run('process-data')).rejects.toThrow(
      /^The run has not ended, although .+ of virtual time have passed in 100ms\. "process-data" is waiting; held back: DEPENDENCY by "fetch-data"[^]*clean-up started/,
    );
  });
});
