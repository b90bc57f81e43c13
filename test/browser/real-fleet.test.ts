import { randomBytes } from 'node:crypto';
import type { OrchestratorOptions, RunContext } from 'nestjs-orchestrator';
import { bullmq } from 'nestjs-orchestrator/bullmq';
import type { Locator, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { ownRedis } from '../support/servers/own-servers.js';
import { dashboardLab, type Served } from './dashboard-lab.js';
import { HeldRuns } from './held-runs.js';

const { serve, open } = dashboardLab();

type Bodies = Readonly<Record<string, (run: RunContext) => unknown>>;

/** Serves one replica after the other, all of the same application. */
async function replicas(count: number, connection: string, bodies: Bodies): Promise<Served[]> {
  const prefix = `page${randomBytes(6).toString('hex')}`;
  const orchestrator: OrchestratorOptions = {
    engine: bullmq({ connection, prefix, lease: 4_000 }),
    shutdownTimeout: '10s',
  };
  const served: Served[] = [];
  while (served.length < count) {
    const replica = await serve({ orchestrator });
    for (const [name, body] of Object.entries(bodies)) {
      await replica.orchestrator.registerWorker(name, body, { maxRetries: 0 });
    }
    served.push(replica);
  }
  return served;
}

function stripOf(page: Page): { readonly strip: Locator; readonly replicas: Locator } {
  const strip = page.getByRole('region', { name: 'The orchestrator' });
  return { strip, replicas: strip.getByRole('list', { name: 'Replicas' }).getByRole('listitem') };
}

describe('Beside a real fleet, the page of a replica that does not lead', () => {
  it('shows who leads and who runs what, acts, and follows the next leader', async () => {
    const { url: connection } = await ownRedis();
    const held = new HeldRuns();
    const [leader, other] = await replicas(2, connection, { import: held.body });
    const page = await open({ url: other!.url });
    const { strip, replicas: shown } = stripOf(page);
    await strip.getByText('Term 1').waitFor();
    const first = (await leader!.orchestrator.getStatus()).fleet!.self;
    const second = (await other!.orchestrator.getStatus()).fleet!.self;
    await shown.filter({ hasText: first }).getByText('Leader').waitFor({ state: 'attached' });
    await shown.filter({ hasText: second }).waitFor();

    await page.getByRole('button', { name: 'Trigger import' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Trigger' }).click();
    const outcome = page.getByRole('log').filter({ hasText: 'Accepted: a run of import' });
    await outcome.getByText('running').waitFor();
    await shown.getByText('runs import').waitFor();
    held.release();
    await outcome.getByText('succeeded').waitFor();

    await leader!.app.close();
    await strip.getByText('Term 2').waitFor();
    await shown.filter({ hasText: second }).getByText('Leader').waitFor({ state: 'attached' });
    await page.getByRole('row').filter({ hasText: 'import' }).getByText('idle').waitFor();
  });

  it('says that the store cannot be reached, and that it can again', async () => {
    const redis = await ownRedis();
    const [, other] = await replicas(2, redis.url, { import: () => undefined });
    const page = await open({ url: other!.url });
    await stripOf(page).strip.getByText('Term 1').waitFor();

    redis.pause();
    await page.getByText(/^The engine cannot work/).waitFor();
    redis.resume();
    await page.getByText(/^The engine cannot work/).waitFor({ state: 'detached' });
    await stripOf(page)
      .strip.getByText(/Term \d/)
      .waitFor();
    expect(await page.getByRole('row').filter({ hasText: 'import' }).count()).toBe(1);
  });
});
