import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { signalTree } from '../support/servers/process-tree.js';

/** It starts others without end, and each of them says so if it is not killed. */
const BREEDER = 'while :; do (sleep 2; echo survived) & echo born; done';

it('Who is killed leaves nobody behind whom it was just starting', async () => {
  const breeder = spawn('sh', ['-c', BREEDER], { stdio: ['ignore', 'pipe', 'ignore'] });
  let said = '';
  breeder.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  await once(breeder.stdout, 'data');

  signalTree(breeder.pid ?? Number.NaN, 'SIGKILL');
  await once(breeder, 'close'); // Nobody holds its output any more.

  expect(said).toContain('born');
  expect(said).not.toContain('survived');
});
