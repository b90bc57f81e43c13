import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { dashboardLab } from './dashboard-lab.js';
import { setTheScene } from './scene.js';

const { serve, open } = dashboardLab();
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What a checker of accessibility finds on the page as it is. */
async function violationsOn(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate<AxeResults>('axe.run()');
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

const PHONE = { viewport: { width: 375, height: 720 }, hasTouch: true, isMobile: true };

describe.each([
  ['in light', { colorScheme: 'light' }],
  ['in dark', { colorScheme: 'dark' }],
  ['on a phone', PHONE],
] as const)('Everybody can use the page %s:', (_surroundings, look) => {
  it.each(['/graph', '/timeline', '/workers', '/workers/rebuild-index', '/workers/nobody'])(
    'the view %s',
    async (view) => {
      const { url, orchestrator } = await serve({
        orchestrator: { groups: { db: 1 }, maxConcurrentWorkers: 6 },
      });
      await setTheScene(orchestrator);
      const page = await open({ url }, { view, reducedMotion: 'reduce', ...look });
      await page.getByText('legacy-export').or(page.getByText('Workers')).first().waitFor();
      if (view === '/graph') await page.locator('.node').nth(3).waitFor();

      expect(await violationsOn(page)).toEqual([]);
      const width = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      expect(width).toBeLessThanOrEqual(0);
    },
  );

  it('and what it asks', async () => {
    const { url, orchestrator } = await serve();
    await orchestrator.registerWorker('sync', () => undefined);
    const page = await open({ url }, look);
    await page.getByRole('button', { name: 'Trigger sync' }).click();
    await page.getByRole('dialog').waitFor();

    expect(await violationsOn(page)).toEqual([]);
  });
});

describe('With the keyboard alone', () => {
  it('one goes from worker to worker in the graph, and reads why each waits', async () => {
    const { url, orchestrator } = await serve();
    await orchestrator.registerWorker('first', () => undefined);
    await orchestrator.registerWorker('second', () => undefined, { dependsOn: 'first' });
    const page = await open({ url }, { view: '/graph' });
    await page.locator('.node', { hasText: 'second' }).waitFor();

    await page.locator('.node', { hasText: 'first' }).focus();
    await page.keyboard.press('ArrowRight');

    await page.getByRole('complementary', { name: 'About second' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('Nobody waits.').waitFor();
  });

  it('one triggers a worker', async () => {
    const { url, orchestrator } = await serve();
    await orchestrator.registerWorker('sync', () => undefined);
    const page = await open({ url });

    await page.getByRole('button', { name: 'Trigger sync' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Trigger' }).focus();
    await page.keyboard.press('Enter');

    await page.getByRole('log').getByText('Accepted: a run of sync').waitFor();
    await page.getByRole('log').getByText('succeeded').waitFor();
  });
});

describe('The page speaks', () => {
  it('the language of the browser, and the other one when it is told to', async () => {
    const { url, orchestrator } = await serve();
    await orchestrator.registerWorker('sync', () => undefined);
    const page = await open({ url }, { locale: 'zh-CN' });

    await page.getByRole('link', { name: '工作单元' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('zh-Hans');

    await page.getByRole('button', { name: 'English' }).click();
    await page.getByRole('link', { name: 'Workers' }).waitFor();
    await page.reload();
    await page.getByRole('link', { name: 'Workers' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
  });
});
