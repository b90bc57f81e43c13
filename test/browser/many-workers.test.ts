import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { dashboardLab, type Served } from './dashboard-lab.js';

const WORKERS = 500;
const { serve, open } = dashboardLab();

/** Workers that begin and end all the time. */
async function serveBusyWorkers(): Promise<Served> {
  const served = await serve({ orchestrator: { maxConcurrentWorkers: WORKERS } });
  for (let number = 0; number < WORKERS; number++) {
    await served.orchestrator.registerWorker(
      `worker-${number}`,
      ({ signal }) => setTimeout(200 + (number % 7) * 50, undefined, { signal }),
      {
        interval: '1s',
        ...(number % 10 > 0 && {
          dependsOn: [{ worker: `worker-${number - 1}`, condition: 'idle' }],
        }),
      },
    );
  }
  return served;
}

it('500 busy workers send at most five messages a second to a page', async () => {
  const { url } = await serveBusyWorkers();
  const response = await fetch(`${url}/api/stream`);
  const arrivals: number[] = [];
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    for (const _ of chunk.matchAll(/^event: (?:changes|snapshot)$/gm))
      arrivals.push(performance.now());
    if (arrivals.length >= 25) break;
  }

  // However long it took: within no second there were more.
  const most = Math.max(
    ...arrivals.map((from) => arrivals.filter((at) => at >= from && at < from + 1_000).length),
  );
  expect(most).toBeLessThanOrEqual(5);
}, 180_000);

it.each(['/workers', '/timeline'])(
  '500 busy workers fill %s only as far as it is seen',
  async (view) => {
    const { url } = await serveBusyWorkers();
    const page = await open({ url }, { view });
    await page.getByRole('link', { name: 'worker-3', exact: true }).waitFor();

    const rows = page.locator('.table-body .row, .timeline-row');
    expect(await rows.count()).toBeLessThan(80);

    await page.locator('.scroller').evaluate((scroller) => scroller.scrollTo(0, 1e6));
    await page.getByRole('link', { name: 'worker-499', exact: true }).waitFor();
    expect(await rows.count()).toBeLessThan(80);

    await page.getByRole('searchbox').fill('worker-123');
    await page.getByRole('link', { name: 'worker-123', exact: true }).waitFor();
  },
);

it('500 busy workers are laid out beside the page, and drawn as far as they are seen', async () => {
  const { url } = await serveBusyWorkers();
  const page = await open({ url }, { view: '/graph' });

  await page.locator('.node').nth(20).waitFor();
  expect(await page.locator('.node').count()).toBeLessThan(250);
  await page.getByRole('button', { name: 'Zoom in' }).click();
  await page.getByRole('link', { name: 'Timeline' }).click();
  await page.getByRole('link', { name: 'worker-3', exact: true }).waitFor();
});
