import { createServer, type AddressInfo } from 'node:net';
import { expect, it, vi } from 'vitest';
import { launch, start } from './sample.js';
import { temporaryFolder } from '../support/temporary-folder.js';

it.concurrent.each(['SIGINT', 'SIGTERM'] as const)(
  'drains at %s, says what became of the runs, and exits with 0',
  async (signal) => {
    const sample = await start();
    await vi.waitFor(
      async () => expect((await sample.worker('watch-event-loop')).running).toBe(1),
      5_000,
    );

    expect(await sample.end(signal)).toBe(0);

    expect(sample.output).toMatch(/Stopped in \d+ ms/);
    expect(sample.output).toMatch(/finished {3}.*watch-event-loop \(/);
    expect(sample.output).toMatch(/aborted {4}none/);
    expect(sample.output).toMatch(/abandoned {2}none/);
  },
);

it.concurrent('accepts no trigger and is not ready while it drains', async () => {
  const sample = await start();
  await sample.trigger('compact', { body: { payload: { quietSeconds: 2 } } });
  await vi.waitFor(async () => expect((await sample.worker('compact')).running).toBe(1), 15_000);
  const exit = sample.end('SIGTERM');

  await sample.prints(/draining/);
  expect((await sample.trigger('write-report')).status).toBe(503);
  expect((await sample.fetch('/health/ready')).status).toBe(503);
  expect((await sample.fetch('/health/live')).status).toBe(200);

  expect(await exit).toBe(0);
  expect(sample.output).toMatch(/finished {3}compact \(/);
});

it.concurrent('says so when its port is taken', async ({ onTestFinished }) => {
  const other = createServer();
  onTestFinished(() => void other.close());
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;

  const sample = await launch({ PORT: String(port) });

  expect(await sample.end()).toBe(1);
  expect(sample.output).toContain('The port is in use by another program.');
  expect(sample.output).not.toMatch(/^\s+at /m);
});

it.concurrent('says so when its data folder is in use', async () => {
  const dataDir = temporaryFolder();
  await start({ DATA_DIR: dataDir });

  const second = await launch({ DATA_DIR: dataDir });

  expect(await second.end()).toBe(1);
  expect(second.output).toContain('The data folder is in use');
  expect(second.output).not.toMatch(/^\s+at /m);
});

it.concurrent('says everything that is wrong with its environment', async () => {
  const sample = await launch({
    PORT: '99999',
    PROBE_URLS: 'http://example.org/ http://user:secret@example.org/',
    WORKER_OVERRIDES: '{"roll-up": 5}',
  });

  expect(await sample.end()).toBe(1);
  expect(sample.output.trim().split('\n')).toEqual([
    'The environment is wrong:',
    expect.stringContaining('PORT'),
    expect.stringContaining('PROBE_URLS'),
    expect.stringContaining('WORKER_OVERRIDES'),
  ]);
  expect(sample.output).not.toContain('secret');
});

it.concurrent('says what is wrong with an option from the environment', async () => {
  const sample = await launch({ WORKER_OVERRIDES: '{"roll-up": {"interval": "soon"}}' });

  expect(await sample.end()).toBe(1);
  expect(sample.output).toMatch(/^Workers are declared wrongly:\n.*"roll-up".*interval.*"soon"/m);
});
