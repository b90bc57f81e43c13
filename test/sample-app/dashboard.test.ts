import type { AdminStatus } from 'nestjs-orchestrator/admin';
import { expect, it } from 'vitest';
import { start, TRIGGER_KEY } from './sample.js';

it('shows its workers on a live page', async () => {
  const sample = await start({ TRIGGER_KEY: '' });

  const page = await sample.fetch('/orchestrator');
  const { workerStates } = await sample.json<AdminStatus>('/orchestrator/api/status');

  expect(page.status).toBe(200);
  expect(await page.text()).toContain('<div id="page"></div>');
  expect(workerStates.map(({ name }) => name)).toContain('collect-samples');
  expect(sample.output).toMatch(/A live page: +http:\/\/127\.0\.0\.1:\d+\/orchestrator\n/);
});

it('lets the browser ask for the key, where there is one, so that the page can act', async () => {
  const sample = await start();
  const password = Buffer.from(`alice:${TRIGGER_KEY}`).toString('base64');

  const asked = await sample.fetch('/orchestrator');
  const headers = { authorization: `Basic ${password}` };
  const page = await sample.fetch('/orchestrator', { headers });
  const permissions = await sample.fetch('/orchestrator/api/permissions', { headers });

  expect(asked.status).toBe(401);
  expect(asked.headers.get('www-authenticate')).toBe('Basic realm="TRIGGER_KEY"');
  expect(page.status).toBe(200);
  expect(await permissions.json()).toEqual({ read: true, trigger: true, control: true });
});
