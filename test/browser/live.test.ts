import { describe, expect, it } from 'vitest';
import { dashboardLab } from './dashboard-lab.js';
import { HeldRuns } from './held-runs.js';

const { serve, open } = dashboardLab();

describe('The page, while it is looked at', () => {
  it('shows workers as they come, and what becomes of their runs', async () => {
    const { url, orchestrator } = await serve();
    const page = await open({ url });
    await page.getByText('There are no workers yet.').waitFor();

    const held = new HeldRuns();
    await orchestrator.registerWorker('import', held.body, { description: 'reads the files' });
    const row = page.getByRole('row').filter({ hasText: 'import' });
    await row.getByText('idle').waitFor();

    await orchestrator.triggerWorker('import');
    await row.getByText('running').waitFor();
    held.release();
    await row.getByText('succeeded').waitFor();

    await orchestrator.unregisterWorker('import');
    await page.getByText('There are no workers yet.').waitFor();
  });

  it('says who waits, for whom and why', async () => {
    const { url, orchestrator } = await serve();
    const held = new HeldRuns();
    await orchestrator.registerWorker('export', held.body);
    await orchestrator.registerWorker('cleanup', () => undefined, { blocks: 'export' });
    await orchestrator.triggerWorker('export');
    await orchestrator.triggerWorker('cleanup');

    const page = await open({ url }, { view: '/graph' });

    const node = page.getByRole('button', { name: 'cleanup BLOCKED by export', exact: true });
    await node.click();
    const about = page.getByRole('complementary', { name: 'About cleanup' });
    await about.getByText('a worker in conflict is running: export').waitFor();

    held.release();
    await about.getByText('Nothing holds it back; nothing is due.').waitFor();
  });

  it('says so even before the graph is laid out', async () => {
    const { url, orchestrator } = await serve();
    const held = new HeldRuns();
    await orchestrator.registerWorker('export', held.body);
    await orchestrator.registerWorker('cleanup', () => undefined, { blocks: 'export' });
    await orchestrator.triggerWorker('export');
    await orchestrator.triggerWorker('cleanup');
    const page = await open({ url }, { view: '/workers' });
    await page.route(/layout\.worker/, () => undefined);
    await page.goto(`${url}#/graph`);

    await page.getByRole('button', { name: /^cleanup BLOCKED by export/ }).click();

    const about = page.getByRole('complementary', { name: 'About cleanup' });
    await about.getByText('a worker in conflict is running: export').waitFor();
    held.release();
  });

  it('tells of skipped instants and failures in the history of a worker', async () => {
    const { url, orchestrator } = await serve();
    const held = new HeldRuns();
    await orchestrator.registerWorker('tick', held.body, { interval: '200ms', maxRetries: 0 });

    const page = await open({ url }, { view: '/workers/tick' });
    await page.getByRole('heading', { name: 'Due, and not run' }).waitFor();
    await page.getByText('ALREADY_RUNNING').first().waitFor();
    held.fail(new Error('the disk is full'));

    const history = page.getByRole('region', { name: 'History' });
    await history.getByText('failed').first().waitFor();
    await history.getByText('Error: the disk is full').first().waitFor();
    await page.getByRole('region', { name: 'Last error' }).waitFor();
  });

  it('draws runs along time, and tells about the one that is chosen', async () => {
    const { url, orchestrator } = await serve();
    const held = new HeldRuns();
    await orchestrator.registerWorker('slow', held.body, { interval: '10m' });

    const page = await open({ url }, { view: '/timeline' });
    const track = page.getByRole('group', { name: /^slow, running: 1 runs known/ });
    await track.focus();
    await page.keyboard.press('ArrowRight');
    const card = page.getByRole('complementary', { name: 'A run of slow' });
    await card.getByText('running').waitFor();

    held.report(0.5, 'half of it');
    await card.getByText('50% half of it').waitFor();
    held.release();
    await card.getByText('succeeded').waitFor();
  });

  it('says that the connection is lost, and finds back by itself', async () => {
    const first = await serve();
    await first.orchestrator.registerWorker('before', () => undefined);
    const page = await open(first);
    await page.getByRole('link', { name: 'before' }).waitFor();

    await first.app.close();
    await page.getByText('The connection is lost.').waitFor();

    const second = await serve({ port: first.port });
    await second.orchestrator.registerWorker('after', () => undefined);
    await page.getByRole('link', { name: 'after' }).waitFor({ timeout: 30_000 });
    expect(await page.getByText('The connection is lost.').count()).toBe(0);
    expect(await page.getByRole('link', { name: 'before' }).count()).toBe(0);
  });
});
