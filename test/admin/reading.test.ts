import { beforeEach, describe, expect, it } from 'vitest';
import { adapters, API, STACK, listen, type Lab } from './admin-lab.js';

describe.each(adapters)('reading over %s', (_name, adapter) => {
  let lab: Lab;

  beforeEach(async () => {
    lab = await listen(adapter);
    const { clock, service, work } = lab;
    await work(
      'fetch',
      () => new Promise((resolve) => void clock.setTimer(() => resolve(1), 5_000)),
      {
        description: 'gets data',
        tags: ['io'],
      },
    );
    await work('process', () => undefined, { dependsOn: 'fetch' });
    await work('tidy', () => undefined, { cron: '0 3 * * *', timeZone: 'UTC', blocks: 'process' });
    await service.triggerWorker('fetch');
    await service.triggerWorker('process');
    await clock.advance(1_000);
  });

  it('gives the status', async () => {
    const { status, body, headers } = await lab.get(`${API}/status`);

    expect(status).toBe(200);
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    expect(body).toEqual(JSON.parse(JSON.stringify(await lab.service.getStatus())));
    expect(body).toMatchObject({ state: 'running', workers: 3, running: 1, waiting: 1 });
  });

  it('gives the workers, and one with its options and runs', async () => {
    const { body: workers } = await lab.get(`${API}/workers`);
    expect(
      workers.map(({ name, state }: { name: string; state: string }) => [name, state]),
    ).toEqual([
      ['fetch', 'running'],
      ['process', 'waiting'],
      ['tidy', 'idle'],
    ]);

    await lab.clock.advance('5s');
    const { body } = await lab.get(`${API}/workers/process`);
    expect(body).toMatchObject({
      worker: { name: 'process', state: 'idle', lastRun: { status: 'succeeded' } },
      options: {
        schedule: { kind: 'triggered' },
        dependsOn: [{ worker: 'fetch', condition: 'succeeded' }],
      },
      runs: [{ worker: 'process', status: 'succeeded', waits: [{ reason: 'DEPENDENCY' }] }],
    });
  });

  it('explains', async () => {
    const { body } = await lab.get(`${API}/workers/process/explain`);

    expect(body).toEqual(JSON.parse(JSON.stringify(await lab.service.explain('process'))));
    expect(body).toMatchObject({ binding: { reason: 'DEPENDENCY', heldBy: 'fetch' } });
  });

  it('gives runs, newest first, by worker, state and number, and one by its id', async () => {
    const runs = async (query: string): Promise<{ worker: string; id: string }[]> =>
      (await lab.get(`${API}/runs${query}`)).body;

    expect((await runs('')).map(({ worker }) => worker)).toEqual(['process', 'fetch']);
    expect(await runs('?limit=1')).toHaveLength(1);
    expect(await runs('?limit=0')).toHaveLength(1);
    expect(await runs('?limit=999999999999999')).toHaveLength(2);
    expect(await runs('?worker=fetch')).toMatchObject([{ worker: 'fetch' }]);
    expect(await runs('?state=waiting')).toMatchObject([{ worker: 'process' }]);
    const [run] = await runs('?worker=fetch&state=running');
    expect((await lab.get(`${API}/runs/${run!.id}`)).body).toEqual(run);
  });

  it.each([
    'limit=x',
    'limit=-1',
    'limit=1e9',
    'limit=1&limit=2',
    'state=gone',
    'worker=a&worker=b',
  ])('refuses %s of runs', async (query) => {
    const { status, body } = await lab.get(`${API}/runs?${query}`);
    expect(status).toBe(400);
    expect(body).toEqual({ code: 'QUERY', message: expect.any(String) });
  });

  it('gives the graph, also as Mermaid', async () => {
    const { body } = await lab.get(`${API}/graph`);
    expect(body.edges).toEqual([
      { kind: 'dependency', from: 'fetch', to: 'process', condition: 'succeeded' },
      { kind: 'conflict', from: 'process', to: 'tidy' },
    ]);

    const mermaid = await lab.get(`${API}/graph?format=mermaid`);
    expect(mermaid.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(mermaid.text).toBe(lab.service.getGraph().toMermaid());
    expect((await lab.get(`${API}/graph?format=xml`)).status).toBe(400);
  });

  it.each([
    'workers/nobody',
    'workers/nobody/explain',
    'workers/__proto__',
    'workers/constructor/explain',
    'workers/~',
    'workers/~?name=nobody',
    'workers/%20',
    'workers/%00',
  ])('%s is not found', async (path) => {
    const { status, body } = await lab.get(`${API}/${path}`);
    expect(status).toBe(404);
    expect(body).toMatchObject({ code: 'UNKNOWN_WORKER' });
    expect(Object.keys(body)).toEqual(['code', 'message']);
  });

  it.each(['nothing', 'workers/w/nothing', '%2e%2e/status', 'workers//'])(
    'the path %s is not there, which the framework says without a stack',
    async (path) => {
      const { status, text } = await lab.get(`${API}/${path}`);
      expect(status).toBe(404);
      expect(JSON.parse(text)).toMatchObject({ message: expect.any(String) });
      expect(text).not.toMatch(STACK);
    },
  );

  it.each(['runs/nothing', 'runs/~?id=..', 'runs/__proto__'])('%s is not found', async (path) => {
    const { status, body } = await lab.get(`${API}/${path}`);
    expect(status).toBe(404);
    expect(body).toMatchObject({ code: 'UNKNOWN_RUN' });
  });

  it.each(['a/b', '../x', '__proto__', 'über 报告', 'a#b:c@d', '100'])(
    'finds a worker called %s, percent-encoded',
    async (name) => {
      await lab.work(name, () => undefined);

      const { body } = await lab.get(`${API}/workers/${encodeURIComponent(name)}`);

      expect(body.worker).toMatchObject({ name });
    },
  );

  it.each(['.', '..', '报'.repeat(128)])(
    'finds a worker called %s by the query, as clients and routers would change or refuse such a path',
    async (name) => {
      await lab.work(name, () => undefined);
      const query = `?name=${encodeURIComponent(name)}`;

      expect((await lab.get(`${API}/workers/~${query}`)).body.worker).toMatchObject({ name });
      expect((await lab.get(`${API}/workers/~/explain${query}`)).body).toMatchObject({
        worker: name,
      });
      expect((await lab.post(`${API}/workers/~/trigger${query}`)).status).toBe(202);
    },
  );

  it('answers HEAD, of the stream too', async () => {
    for (const route of ['status', 'stream']) {
      const response = await fetch(`${lab.url}${API}/${route}`, { method: 'HEAD' });
      expect(response.status).toBe(200);
      expect(await response.text()).toBe('');
    }
  });
});
