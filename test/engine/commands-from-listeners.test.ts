import { expect, it } from 'vitest';
import { RunCancelledError } from '../../lib/core/errors.js';
import { deferred, engineLab, nothingEscapes, peek } from './engine-lab.js';

nothingEscapes();

it('an ordered run that a listener cancels and whose worker it unregisters does not stop the engine', async () => {
  const { engine, clock, define, listen, told } = engineLab();
  await engine.start();
  await define('other', {});
  await define('w', {});
  listen((event) => {
    if (event.type !== 'run.started' || event.worker !== 'w') return;
    void engine.cancel(event.runId, { why: 'no', abandon: false }).catch(() => undefined);
    void engine.remove('w').catch(() => undefined);
  });
  await engine.trigger('w', {}).catch(() => undefined);
  await clock.advance('1s');
  await engine.trigger('other', {});
  await clock.advance('1s');
  expect(told('other').at(-1)).toBe('succeeded');
});

it('a run that stops the orchestrator and then fails settles its handle, and no alarm is left', async () => {
  const { engine, clock, define } = engineLab();
  await engine.start();
  const go = deferred();
  await define('w', { maxRetries: 3 }, async (run) => {
    await engine.stop(run.runId);
    await go.promise;
    throw new Error('boom');
  });
  const run = await engine.trigger('w', {});
  await clock.advance('1s');
  go.resolve();
  await clock.advance('10m');
  expect(await peek(run.ended(undefined))).toBeInstanceOf(RunCancelledError);
  expect(engine.nextWakeAt()).toBeUndefined();
});
