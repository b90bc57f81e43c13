import type { AdminStatus } from 'nestjs-orchestrator/admin';
import { expect, it } from 'vitest';
import { start } from './sample.js';

it('shows its workers on a live page', async () => {
  const sample = await start();

  const page = await sample.fetch('/orchestrator');
  const { workerStates } = await sample.json<AdminStatus>('/orchestrator/api/status');

  expect(page.status).toBe(200);
  expect(await page.text()).toContain('<div id="page"></div>');
  expect(workerStates.map(({ name }) => name)).toContain('collect-samples');
  expect(sample.output).toMatch(/A live page: +http:\/\/127\.0\.0\.1:\d+\/orchestrator\n/);
});
