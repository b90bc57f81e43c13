import { mkdirSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'vitest';
import { dashboardLab } from '../dashboard-lab.js';
import { setTheScene } from '../scene.js';

const FOLDER = fileURLToPath(new URL('../../../docs/screenshots/', import.meta.url));
/** Until something of everything has happened. */
const SCENE_MS = 45_000;

const DESK = { viewport: { width: 1280, height: 760 }, deviceScaleFactor: 1.5 };
const PHONE = { viewport: { width: 375, height: 760 }, deviceScaleFactor: 2, isMobile: true };

const { serve, open } = dashboardLab();

describe('Pictures', () => {
  it('of the main views', async () => {
    mkdirSync(FOLDER, { recursive: true });
    const { url, orchestrator } = await serve({
      orchestrator: { groups: { db: 1 }, maxConcurrentWorkers: 6 },
    });
    await setTheScene(orchestrator);
    await setTimeout(SCENE_MS);

    for (const [name, look] of [
      ['graph', { view: '/graph', ...DESK }],
      ['timeline', { view: '/timeline', ...DESK }],
      ['workers', { view: '/workers', ...DESK }],
      ['worker', { view: '/workers/sync-ledger', ...DESK }],
      ['timeline-dark', { view: '/timeline', colorScheme: 'dark', ...DESK }],
      ['graph-phone', { view: '/graph', ...PHONE }],
    ] as const) {
      const page = await open({ url }, look);
      await page.getByText('sync-ledger').first().waitFor();
      if (look.view === '/graph') await page.locator('.node', { hasText: 'DEPENDENCY' }).waitFor();
      if (look.view === '/timeline') await page.getByRole('button', { name: '1m' }).click();
      await setTimeout(600);
      await page.screenshot({ path: `${FOLDER}${name}.png` });
    }
  });
});
