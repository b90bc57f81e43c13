import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { Engine } from '../../lib/engine/engine.js';
import { TriggeredRun } from '../../lib/triggered-run.js';
import { nothingEscapes } from './engine-lab.js';

nothingEscapes();

it('A handle that is asked how its run ends need not be listened to', async () => {
  const fails = { id: 'r', ended: async () => Promise.reject(new Error('it failed')) };
  const finished = new TriggeredRun('w', fails, {} as Engine).finished();
  await setImmediate();
  await expect(finished).rejects.toThrow('it failed');
});
