import { inProcess, NonRetryableError, SkipRunError } from 'nestjs-orchestrator';
import type { OrchestratorAdminOptions } from 'nestjs-orchestrator/admin';
import { ModulesContainer } from '@nestjs/core';
import { describe, expect, it } from 'vitest';
import { FakeStore } from '../engine/fake-store.js';
import { adapters, API, listen, STACK, type Lab } from './admin-lab.js';
import { openStream } from './open-stream.js';

const SECRET = 'S3CRET';

class NothingModule {}

describe.each(adapters)('over %s', (_name, adapter) => {
  it('the default install exposes no route', async () => {
    const { app, get, post, work } = await listen(adapter, { admin: NothingModule as never });
    await work('w', () => undefined);

    for (const path of [
      '',
      'status',
      'workers',
      'workers/w',
      'runs',
      'graph',
      'permissions',
      'stream',
    ]) {
      for (const root of [API, '/orchestrator', '/admin', '']) {
        expect((await get(`${root}/${path}`)).status).toBe(404);
      }
    }
    expect((await post(`${API}/workers/w/trigger`)).status).toBe(404);
    expect(controllersOf(app)).toEqual([]);
  });

  it.each([
    ['by default', {}],
    ['with errors shown', { showErrors: true }],
  ] as const)('B73: no secret, payload, result or stack is in any answer %s', async (_, admin) => {
    const lab = await listen(adapter, { admin });
    const stream = await openStream(`${lab.url}${API}/stream`);
    await makeSecrets(lab);

    const texts = await everyAnswer(lab);
    await stream.until(({ data }) =>
      data?.workers?.some(({ name }: { name: string }) => name === 'skips'),
    );

    for (const text of [...texts, JSON.stringify(stream.messages)]) {
      expect(text).not.toContain(SECRET);
      expect(text).not.toMatch(STACK);
      expect(text).not.toContain('"stack"');
    }
    const isShown = 'showErrors' in admin;
    expect(texts.some((text) => text.includes('cannot reach'))).toBe(isShown);
    expect(texts.some((text) => text.includes('nothing to do for'))).toBe(isShown);
    expect(texts.some((text) => text.includes('ConnectionError'))).toBe(true);
  });

  it('redact has the last word on every text, and what it fails on is withheld', async () => {
    const redact = (text: string): string => {
      if (text.includes('disk')) throw new Error(SECRET);
      return text.includes('quarter') ? (5 as never) : text.replaceAll('alice', '(somebody)');
    };
    const lab = await listen(adapter, { admin: { redact, showErrors: true } });
    await lab.work('w', ({ progress }) => {
      progress(0.5, 'reading for alice');
      throw new Error('alice is not there');
    });
    await lab.service.triggerWorker('w');
    await lab.clock.advance(0);
    const worker = async () => (await lab.get(`${API}/workers/w`)).body;

    const { runs } = await worker();
    expect(runs[0]).toMatchObject({
      error: { message: '(somebody) is not there' },
      progress: { message: 'reading for (somebody)' },
    });
    await lab.service.disableWorker('w', 'alice says so');
    expect((await worker()).worker.disabledReason).toBe('(somebody) says so');
    expect((await lab.get(`${API}/workers/w/explain`)).body).toMatchObject({
      summary: expect.stringContaining('(somebody) says so'),
      binding: { detail: '(somebody) says so' },
    });
    for (const reason of ['a full disk', 'end of the quarter']) {
      await lab.service.disableWorker('w', reason);
      expect((await worker()).worker.disabledReason).toBe('…');
    }
  });

  it('what is wrong with the engine is not told, but that it is', async () => {
    const store = new FakeStore('sync');
    for (const [admin, shown] of [
      [{}, false],
      [{ showErrors: true }, true],
    ] as [OrchestratorAdminOptions, boolean][]) {
      const lab = await listen(adapter, { admin, orchestrator: { engine: inProcess({ store }) } });
      await lab.work('w', () => undefined);
      store.saveFault = new Error(`cannot reach redis://user:${SECRET}@host/1`);
      void lab.service.triggerWorker('w').catch(() => undefined);
      await lab.clock.advance('1m');

      const { body, text } = await lab.get(`${API}/status`);
      const explained = await lab.get(`${API}/workers/w/explain`);

      expect(body.engineProblem).toBeDefined();
      expect(text.includes('cannot reach')).toBe(shown);
      expect(explained.text.includes('cannot reach')).toBe(shown);
      expect(text + explained.text).not.toContain(SECRET);
      store.saveFault = undefined;
    }
  });

  it('every answer is for its reader alone: runs nothing, is kept nowhere, framed nowhere', async () => {
    const lab = await listen(adapter);
    const stream = await openStream(`${lab.url}${API}/stream`);
    for (const { headers } of [
      stream,
      await lab.get(`${API}/status`),
      await lab.get(`${API}/graph?format=mermaid`),
      await lab.get(`${API}/workers/nobody`),
      await lab.get(`${API}/runs?limit=x`),
      await lab.post(`${API}/pause`),
      await lab.post(`${API}/pause`, {}, {}),
    ]) {
      expect(headers['content-security-policy']).toMatch(
        /^default-src 'none'; .*frame-ancestors 'none'; base-uri 'none'; form-action 'self'$/,
      );
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cache-control': expect.stringMatching(/^no-store/),
      });
    }
  });
});

/** Secrets wherever a worker can leave them. */
async function makeSecrets({ clock, service, work }: Lab): Promise<void> {
  class ConnectionError extends Error {
    override readonly name = 'ConnectionError';
    readonly code = `password=${SECRET}`;
  }
  await work(
    'fails',
    ({ progress }) => {
      progress(0.5, `token=${SECRET}`);
      throw new ConnectionError(`cannot reach postgres://u:${SECRET}@db/x with Bearer ${SECRET}`);
    },
    { maxConsecutiveFailures: 1 },
  );
  await work('returns', () => ({ result: SECRET }));
  await work('skips', () => {
    throw new SkipRunError(`nothing to do for password=${SECRET}`);
  });
  await work('final', () => {
    throw new NonRetryableError(`secret: ${SECRET}`);
  });
  for (const name of ['fails', 'returns', 'skips', 'final']) {
    await service.triggerWorker(name, { payload: { card: SECRET } });
    await clock.advance(0);
  }
  await service.disableWorker('returns', `api_key=${SECRET}`);
  const waiting = await service.triggerWorker('final', { payload: SECRET, delay: '1h' });
  await service.cancelRun(waiting.id, { reason: `token: ${SECRET}` });
}

async function everyAnswer(lab: Lab): Promise<string[]> {
  const runs = await lab.service.getRuns();
  const names = ['fails', 'returns', 'skips', 'final'];
  const paths = [
    'status',
    'workers',
    'runs',
    'graph',
    'permissions',
    ...names.flatMap((name) => [`workers/${name}`, `workers/${name}/explain`]),
    ...runs.map(({ id }) => `runs/${id}`),
  ];
  const texts: string[] = [];
  for (const path of paths) texts.push((await lab.get(`${API}/${path}`)).text);
  return texts;
}

function controllersOf(app: Lab['app']): unknown[] {
  return [...app.get(ModulesContainer).values()].flatMap((each) => [...each.controllers.keys()]);
}
