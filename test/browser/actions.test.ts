import { describe, expect, it, vi } from 'vitest';
import { dashboardLab } from './dashboard-lab.js';
import { HeldRuns } from './held-runs.js';

const { serve, open } = dashboardLab();

describe('Actions on the page', () => {
  it('trigger with a payload, once it is JSON, and tell how the run ends', async () => {
    const { url, orchestrator } = await serve();
    const held = new HeldRuns();
    await orchestrator.registerWorker('report', held.body);
    const page = await open({ url });

    await page.getByRole('button', { name: 'Trigger report' }).click();
    const dialog = page.getByRole('dialog', { name: 'Trigger report?' });
    const send = dialog.getByRole('button', { name: 'Trigger' });
    await dialog.getByLabel('Payload (JSON)').fill('{ "minutes": ');
    await dialog.getByText(/^Not JSON: /).waitFor();
    expect(await send.isDisabled()).toBe(true);
    await dialog.getByLabel('Payload (JSON)').fill('{"minutes":5}');
    await dialog.getByText('Valid JSON').waitFor();
    await dialog.getByLabel('Priority').selectOption('high');
    await send.click();

    const outcome = page.getByRole('log').filter({ hasText: 'Accepted: a run of report' });
    await outcome.getByText('running').waitFor();
    expect(held.payloads).toEqual([{ minutes: 5 }]);
    held.release();
    await outcome.getByText('succeeded').waitFor();
    expect(await dialog.count()).toBe(0);
  });

  it('disable and enable, pause and resume, each after it was confirmed', async () => {
    const { url, orchestrator } = await serve();
    await orchestrator.registerWorker('sync', () => undefined);
    const page = await open({ url });
    const row = page.getByRole('row').filter({ hasText: 'sync' });

    for (const [action, state, outcome] of [
      ['Disable', 'disabled', 'sync is disabled'],
      ['Enable', 'idle', 'sync is enabled'],
      ['Pause', 'paused', 'sync is paused'],
      ['Resume', 'idle', 'sync is resumed'],
    ] as const) {
      await row.getByRole('button', { name: `${action} sync` }).click();
      const dialog = page.getByRole('dialog', { name: `${action} sync?` });
      await dialog.getByRole('button', { name: action }).click();
      await page.getByRole('log').getByText(outcome).waitFor();
      await row.getByText(state, { exact: true }).waitFor();
    }
  });

  it('do nothing where they are not confirmed', async () => {
    const { url, orchestrator } = await serve();
    await orchestrator.registerWorker('sync', () => undefined);
    const page = await open({ url });

    await page.getByRole('button', { name: 'Disable sync' }).click();
    await page.getByRole('button', { name: 'Not now' }).click();
    await page.getByRole('button', { name: 'Disable sync' }).click();
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });

    expect(await orchestrator.getWorker('sync')).toMatchObject({ enabled: true });
  });

  it('say that a run had ended already, where it ends before it is confirmed that it be cancelled', async () => {
    const { url, orchestrator } = await serve();
    const held = new HeldRuns();
    await orchestrator.registerWorker('long', held.body);
    await orchestrator.triggerWorker('long');
    const page = await open({ url }, { view: '/workers/long' });

    await page.getByRole('button', { name: 'Cancel run long' }).click();
    const dialog = page.getByRole('dialog', { name: 'Cancel the run of long?' });
    held.release();
    await page.getByRole('region', { name: 'History' }).getByText('succeeded').first().waitFor();
    await dialog.getByRole('button', { name: 'Cancel run' }).click();

    await page.getByRole('log').getByText('The run of long had ended already').waitFor();
  });

  it('tell of their failure where nobody looks at their dialog any more', async () => {
    const { url, orchestrator } = await serve();
    await orchestrator.registerWorker('sync', () => undefined);
    const page = await open({ url });
    let answer = (): void => undefined;
    const isAnswered = new Promise<void>((resolve) => (answer = resolve));
    await page.route('**/disable**', async (route) => {
      await isAnswered;
      const body = JSON.stringify({ code: 'DRAINING', message: 'it is stopping' });
      await route.fulfill({ status: 409, contentType: 'application/json', body });
    });

    await page.getByRole('button', { name: 'Disable sync' }).click();
    const dialog = page.getByRole('dialog', { name: 'Disable sync?' });
    await dialog.getByRole('button', { name: 'Disable' }).click();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    answer();

    await page.getByRole('log').getByText('DRAINING: it is stopping').waitFor();
  });

  it('cancel a run', async () => {
    const { url, orchestrator } = await serve();
    await orchestrator.registerWorker('long', new HeldRuns().body);
    await orchestrator.triggerWorker('long');
    const page = await open({ url }, { view: '/workers/long' });

    await page.getByRole('button', { name: 'Cancel run long' }).click();
    const dialog = page.getByRole('dialog', { name: 'Cancel the run of long?' });
    await dialog.getByRole('button', { name: 'Cancel run' }).click();

    await page.getByRole('log').getByText('The run of long is cancelled').waitFor();
    await page.getByRole('region', { name: 'History' }).getByText('cancelled').first().waitFor();
  });

  it('pause and resume everything, which a banner tells', async () => {
    const { url, orchestrator } = await serve();
    const page = await open({ url });
    const confirm = async (action: string): Promise<void> => {
      await page.getByRole('button', { name: action }).click();
      await page.getByRole('dialog').getByRole('button', { name: action }).click();
    };

    await confirm('Pause all');
    await page.getByText('Everything is paused: what runs goes on').waitFor();
    expect(await orchestrator.getStatus()).toMatchObject({ paused: true });

    await confirm('Resume all');
    await page.getByText('Everything is paused: what').waitFor({ state: 'detached' });
  });

  it('tell why the server refuses them, and stay open', async () => {
    const { url, orchestrator } = await serve();
    await orchestrator.registerWorker('off', () => undefined, { enabled: false });
    const page = await open({ url });

    await page.getByRole('button', { name: 'Trigger off' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Trigger' }).click();

    await dialog
      .getByRole('alert')
      .getByText(/^WORKER_DISABLED: /)
      .waitFor();
  });

  it.each([
    { granted: ['read'], offered: [] },
    { granted: ['read', 'trigger'], offered: ['Trigger sync'] },
    {
      granted: ['read', 'trigger', 'control'],
      offered: ['Trigger sync', 'Pause sync', 'Disable sync'],
    },
  ])('are offered as far as they are allowed: $granted', async ({ granted, offered }) => {
    const { url, orchestrator } = await serve({
      dashboard: { authorize: (_context, action) => granted.includes(action) },
    });
    await orchestrator.registerWorker('sync', () => undefined);
    const page = await open({ url });

    const row = page.getByRole('row').filter({ hasText: 'sync' });
    await row.waitFor();
    await vi.waitFor(async () => {
      const names = await row
        .getByRole('button')
        .evaluateAll((buttons) => buttons.map((button) => button.getAttribute('aria-label')));
      expect(names).toEqual(offered);
    }, 15_000);
  });
});
