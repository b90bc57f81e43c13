import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { dashboardLab } from './dashboard-lab.js';

const { serve, open, openElsewhere } = dashboardLab();

const HOSTILE = [
  '</script><script>alert(1)</script>',
  '"><svg onload=alert(2)>',
  '<img src=/canary onerror=alert(3)>',
  "javascript:alert(4)//'",
  '{{constructor.constructor("alert(5)")()}}',
  '<base href="https://evil.example/">',
  '\u202ereversed\u0000\u001b[2J',
];
const ALL = HOSTILE.join(' ');
/** Names that may be registered, and yet mean something elsewhere. */
const NAMES = [
  '__proto__',
  'constructor',
  'a/../b',
  '..',
  'javascript:x',
  '#/graph',
  'é'.repeat(60),
];

/** A server that lets anything through: what the page does with it is the page's affair. */
async function answerWithHostileTexts(page: Page): Promise<void> {
  const name = ALL;
  const run = {
    id: ALL,
    worker: name,
    status: 'running',
    origin: 'trigger',
    scheduledAt: new Date().toISOString(),
    startedAt: new Date().toISOString(),
    missedCount: 0,
    attempts: 2,
    error: { name: ALL, message: ALL, code: ALL },
    why: ALL,
    progress: { fraction: 0.5, message: ALL },
    waits: [{ reason: ALL, heldBy: ALL, detail: ALL, since: new Date().toISOString() }],
  };
  const worker = {
    name,
    description: ALL,
    state: 'disabled',
    enabled: false,
    priority: 1,
    tags: HOSTILE,
    running: 0,
    waiting: 3,
    failures: 2,
    lastRun: { ...run, status: 'failed', endedAt: new Date().toISOString() },
    lastError: run.error,
    waitingFor: run.waits[0],
    isOverdue: true,
    disabledReason: ALL,
    abandoned: 1,
    counts: { succeeded: 1, failed: 1, skipped: 1 },
  };
  const orchestrator = {
    at: new Date().toISOString(),
    state: 'running',
    paused: false,
    engineProblem: ALL,
    workers: 1,
    running: 1,
    waiting: 1,
    abandoned: 1,
    maxConcurrentWorkers: 5,
    groups: [{ name: ALL, running: 1, limit: 1 }],
  };
  const explanation = {
    worker: name,
    state: 'disabled',
    summary: ALL,
    reasons: run.waits,
    past: [run],
    skipped: [{ at: run.startedAt, scheduledAt: run.startedAt, count: 1, reason: ALL, why: ALL }],
  };
  const options = { schedule: { kind: ALL }, blocks: HOSTILE, dependsOn: [], priority: 1 };
  const snapshot = { orchestrator, workers: [worker], runs: [run] };
  const answers: Readonly<Record<string, unknown>> = {
    permissions: { read: true, trigger: true, control: true },
    graph: {
      nodes: [{ name, tags: HOSTILE, groups: HOSTILE, priority: 1, description: ALL }],
      edges: [],
    },
    'workers/~': { worker, options, runs: [run] },
    'workers/~/explain': explanation,
    'workers/~/trigger': { code: ALL, message: ALL },
  };
  await page.route('**/orchestrator/api/**', (route) => {
    const [, path = ''] = /\/api\/([^?]*)/.exec(route.request().url()) ?? [];
    if (path === 'stream') {
      const body = `event: snapshot\ndata: ${JSON.stringify(snapshot)}\n\n`;
      return route.fulfill({ contentType: 'text/event-stream', body });
    }
    const status = route.request().method() === 'POST' ? 409 : 200;
    return route.fulfill({ status, json: answers[path] });
  });
}

describe('B74 hostile texts', () => {
  it.each(['/graph', '/timeline', '/workers', `/workers/${encodeURIComponent(ALL)}`])(
    'are shown as they are in %s, and do nothing',
    async (view) => {
      const { url } = await serve();
      const page = await open({ url }, { view: '/none' });
      await answerWithHostileTexts(page);
      await page.goto(`${url}?again#${view}`);

      await page.getByText(HOSTILE[0]!).first().waitFor();
      await page.getByText(HOSTILE[1]!).first().waitFor();
      expect(await page.locator('#page script, #page img, #page base, #page iframe').count()).toBe(
        0,
      );
      expect(await page.locator('[onload], [onerror], [onclick]').count()).toBe(0);
      expect(await hrefsOf(page)).toEqual([]);
    },
  );

  it('are shown in answers to actions', async () => {
    const { url } = await serve();
    const page = await open({ url }, { view: '/none' });
    await answerWithHostileTexts(page);
    await page.goto(`${url}?again#/workers`);

    await page
      .getByRole('button', { name: /^Trigger/ })
      .first()
      .click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^Trigger$/ })
      .click();

    await page.getByRole('alert').getByText(HOSTILE[0]!).waitFor();
  });

  it.each(NAMES)('B34 leads to the page of the worker %s, and back', async (name) => {
    const { url, orchestrator } = await serve();
    const message = HOSTILE.join('\n');
    await orchestrator.registerWorker(
      name,
      () => {
        throw new Error(message);
      },
      { description: ALL, maxRetries: 0, tags: ['x'] },
    );
    await orchestrator.registerWorker('other', () => undefined, { dependsOn: name });
    await orchestrator.triggerWorker(name);

    const page = await open({ url }, { view: '/graph' });
    await page.locator('.node', { hasText: 'other' }).waitFor();
    await page.getByRole('link', { name: 'Workers' }).click();
    await page.getByRole('link', { name, exact: true }).click();
    await page.getByRole('heading', { name, exact: true }).waitFor();
    await page.getByRole('region', { name: 'Options' }).waitFor();
    await page.getByRole('region', { name: 'History' }).getByText('failed').first().waitFor();
    await page.goBack();
    await page.getByRole('link', { name: 'other' }).waitFor();
  });
});

describe('B75 pages of other origins', () => {
  it('make nothing run, whatever they send', async () => {
    const { url, orchestrator } = await serve();
    await orchestrator.registerWorker('sync', () => undefined);
    const page = await openElsewhere();
    const attack = `
      const url = ${JSON.stringify(`${url}/api/workers/sync/trigger`)};
      const send = (init) => fetch(url, { method: 'POST', credentials: 'include', ...init })
        .then(({ type }) => type, () => 'refused by the browser');
      Promise.all([
        send({ mode: 'no-cors', body: '{}' }),
        send({ mode: 'no-cors', body: new URLSearchParams({ payload: '1' }) }),
        send({ headers: { 'content-type': 'application/json', 'x-requested-with': 'x' }, body: '{}' }),
      ])
    `;

    const sent: string[] = [];
    page.on('request', (request) => sent.push(request.method()));
    await page.evaluate(attack);

    expect(sent.filter((method) => method === 'POST').length).toBeGreaterThanOrEqual(2);
    expect((await orchestrator.getWorker('sync')).counts.started).toBe(0);
    expect(await orchestrator.getRuns()).toEqual([]);
  });
});

describe('B76 a payload that would pollute', () => {
  it('is refused, and the page says why', async () => {
    const { url, orchestrator } = await serve();
    await orchestrator.registerWorker('sync', () => undefined);
    const page = await open({ url });

    await page.getByRole('button', { name: 'Trigger sync' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Payload (JSON)').fill('{"__proto__":{"polluted":1}}');
    await dialog.getByRole('button', { name: 'Trigger' }).click();

    await dialog.getByRole('alert').getByText('__proto__').waitFor();
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    expect(await page.evaluate('({}).polluted')).toBeUndefined();
    expect(await orchestrator.getRuns()).toEqual([]);
  });
});

describe('B73 secrets', () => {
  it('of errors are on no view', async () => {
    const { url, orchestrator } = await serve();
    await orchestrator.registerWorker(
      'leaky',
      () => {
        throw new Error('connect postgres://u:S3CRET@db/x?password=S3CRET');
      },
      { maxRetries: 0 },
    );
    await orchestrator.triggerWorker('leaky', { payload: { token: 'S3CRET' } });

    for (const view of ['/graph', '/timeline', '/workers', '/workers/leaky']) {
      const page = await open({ url }, { view });
      await page.getByText('leaky').first().waitFor();
      if (view === '/workers/leaky')
        await page.getByText('Error: connect postgres').first().waitFor();
      expect(await page.content()).not.toContain('S3CRET');
    }
  });
});

/** Links that lead anywhere but to a view of the page. */
async function hrefsOf(page: Page): Promise<string[]> {
  const links = await page.locator('a').all();
  const hrefs = await Promise.all(links.map((link) => link.getAttribute('href')));
  return hrefs.flatMap((href) => href ?? []).filter((href) => !href.startsWith('#/'));
}
