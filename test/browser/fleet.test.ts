import type { AdminStatus } from 'nestjs-orchestrator/admin';
import type { Page } from 'playwright-core';
import { describe, it } from 'vitest';
import { dashboardLab } from './dashboard-lab.js';

const { serve, open } = dashboardLab();

/** The page of a server that says more of itself than the one in this process can. */
async function pageOf(told: object): Promise<Page> {
  const { url } = await serve();
  const answer = await fetch(`${url}/api/status`);
  const { workerStates, ...orchestrator } = (await answer.json()) as AdminStatus;
  const snapshot = { orchestrator: { ...orchestrator, ...told }, workers: workerStates, runs: [] };
  const page = await open({ url }, { view: '/none' });
  await page.route('**/api/stream', (route) =>
    route.fulfill({
      contentType: 'text/event-stream',
      body: `event: snapshot\ndata: ${JSON.stringify(snapshot)}\n\n`,
    }),
  );
  await page.goto(`${url}?again#/workers`);
  return page;
}

function replica(id: string, workers: readonly string[]): object {
  return {
    ...{ id, host: 'web', pid: 7, role: 'all', isLeader: false, clockSkewMs: 0 },
    lastSeenAt: new Date(0),
    running: workers.map((worker, index) => ({ runId: `r${String(index)}`, worker })),
  };
}

describe('Of a fleet the page shows', () => {
  it('who leads, in which term, and who runs what', async () => {
    const page = await pageOf({
      fleet: {
        leader: 'web-2',
        term: 7,
        replicas: [
          replica('web-1', ['import', 'export', 'import']),
          { ...replica('web-2', []), isLeader: true },
        ],
      },
    });

    const strip = page.getByRole('region', { name: 'The orchestrator' });
    await strip.getByText('Term 7').waitFor();
    const replicas = strip.getByRole('list', { name: 'Replicas' }).getByRole('listitem');
    await replicas.filter({ hasText: 'web-1' }).getByText('runs import, export').waitFor();
    await replicas.filter({ hasText: 'web-2' }).getByText('Leader').waitFor({ state: 'attached' });
  });

  it('what keeps the engine from working', async () => {
    const page = await pageOf({ engineProblem: 'the store does not answer' });

    await page.getByText('The engine cannot work: the store does not answer').waitFor();
  });

  it.each([
    ['draining', 'The orchestrator is stopping: nothing new starts.'],
    ['stopped', 'The orchestrator is stopped: nothing starts.'],
  ])('that it is %s', async (state, words) => {
    const page = await pageOf({ state });

    await page.getByText(words).waitFor();
  });
});
