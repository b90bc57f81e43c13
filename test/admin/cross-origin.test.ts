import { beforeEach, describe, expect, it } from 'vitest';
import request from 'supertest';
import type { AdminAuditRecord } from '../../lib/admin/admin-options.js';
import { isSameOrigin } from '../../lib/admin/same-origin.js';
import { adapters, API, listen, SAME_ORIGIN, type Lab } from './admin-lab.js';
import { openStream } from './open-stream.js';

const JSON_TYPE = { 'content-type': 'application/json' };

describe.each(adapters)('B75: over %s', (_name, adapter) => {
  let lab: Lab;
  let records: AdminAuditRecord[];

  beforeEach(async () => {
    records = [];
    const audit = (record: AdminAuditRecord): void => void records.push(record);
    lab = await listen(adapter, { admin: { authorize: () => true, audit } });
    await lab.work('w', () => undefined);
  });

  const send = (
    method: 'get' | 'post' | 'put' | 'patch' | 'delete',
    headers: Record<string, string>,
    body: string,
  ) => request(lab.url)[method](`${API}/workers/w/trigger?_method=POST`).set(headers).send(body);

  async function expectNothingRan(): Promise<void> {
    await lab.clock.advance('1m');
    expect(await lab.service.getRuns()).toEqual([]);
  }

  it.each([
    ['plain text', 'text/plain'],
    ['a form', 'application/x-www-form-urlencoded'],
    ['a form with parts', 'multipart/form-data; boundary=x'],
    ['text that mentions JSON', 'text/plain; application/json'],
    ['what looks like JSON', 'application/jsonp'],
    ['JSON of another kind', 'application/vnd.api+json'],
    ['several types', 'text/plain, application/json'],
  ])('%s cannot act', async (_, type) => {
    const { status } = await send('post', { ...SAME_ORIGIN, 'content-type': type }, '{}');
    expect(status).toBe(415);
    await expectNothingRan();
  });

  it('what names two workers is refused, and recorded', async () => {
    const { status } = await request(lab.url)
      .post(`${API}/workers/~/disable?name=a&name=b`)
      .set({ ...JSON_TYPE, ...SAME_ORIGIN })
      .send('{}');
    expect(status).toBe(400);
    expect(records).toMatchObject([{ operation: 'disable', outcome: 'refused', code: 'QUERY' }]);
  });

  it('what is refused is recorded', async () => {
    await send('post', { ...SAME_ORIGIN, 'content-type': 'text/plain' }, '{}');
    expect(records).toMatchObject([{ outcome: 'refused', code: 'UNSUPPORTED_MEDIA_TYPE' }]);
  });

  it.each([
    ['a page of another site', { 'sec-fetch-site': 'cross-site' }],
    ['a page of another origin of this site', { 'sec-fetch-site': 'same-site' }],
    ['a link, a bookmark or the address bar', { 'sec-fetch-site': 'none' }],
    ['a browser that says nothing', {}],
    ['a script without an origin', { 'x-requested-with': 'curl' }],
    ['a page that sends its origin, but no header of ours', { origin: 'own' }],
    ['a page of another origin', { 'x-requested-with': 'x', origin: 'http://evil.example' }],
    ['a sandboxed page', { 'x-requested-with': 'x', origin: 'null' }],
    [
      'a page of another site that claims an origin',
      { 'sec-fetch-site': 'cross-site', 'x-requested-with': 'x', origin: 'own' },
    ],
    ['a cookie alone', { cookie: 'session=stolen' }],
  ])('%s cannot act', async (_, headers) => {
    const sent = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value === 'own' ? lab.url : value]),
    );
    const { status, body } = await send('post', { ...JSON_TYPE, ...sent }, '{}');
    expect(status).toBe(403);
    expect(body.code).toBe('CROSS_ORIGIN');
    expect(records).toMatchObject([{ operation: 'trigger', worker: 'w', code: 'CROSS_ORIGIN' }]);
    await expectNothingRan();
  });

  it.each(['get', 'put', 'patch', 'delete'] as const)('%s cannot act', async (method) => {
    const { status } = await send(method, { ...JSON_TYPE, ...SAME_ORIGIN }, '{}');
    expect([404, 405]).toContain(status);
    await expectNothingRan();
  });

  it('a page of this origin can, and a program that says which origin it calls', async () => {
    const program = { 'x-requested-with': 'curl', origin: lab.url };

    expect((await send('post', { ...JSON_TYPE, ...SAME_ORIGIN }, '{}')).status).toBe(202);
    expect((await send('post', { ...JSON_TYPE, ...program }, '{}')).status).toBe(202);
    const typed = { 'content-type': 'Application/JSON; charset=utf-8', ...program };
    expect((await send('post', typed, '{}')).status).toBe(202);
  });

  it('no other origin is told anything, though the application lets them read its own routes', async () => {
    await lab.app.close();
    const origin = 'http://evil.example';
    lab = await listen(adapter, {
      prepare: (app) => {
        app.enableCors({ origin: true, credentials: true, exposedHeaders: ['x-own'] });
      },
    });

    const read = await lab.get(`${API}/status`, { origin });
    const stream = await openStream(`${lab.url}${API}/stream`, { origin });
    const refused = await lab.get(`${API}/workers/nobody`, { origin });
    const acted = await lab.post(`${API}/pause`, {}, { 'sec-fetch-site': 'cross-site', origin });

    expect([read.status, stream.status, refused.status, acted.status]).toEqual([
      200, 200, 404, 403,
    ]);
    for (const headers of [read.headers, stream.headers, refused.headers, acted.headers]) {
      const names = Object.keys(headers).filter((name) => name.startsWith('access-control-'));
      expect(names).toEqual([]);
    }
  });
});

describe('An origin is that of the host', () => {
  it.each([
    ['http://app.example', 'app.example', true],
    ['https://app.example', 'app.example', true],
    ['http://app.example:3000', 'app.example:3000', true],
    ['http://app.example', 'app.example:80', true],
    ['https://app.example', 'APP.example:443', true],
    ['http://[::1]:3000', '[::1]:3000', true],
    ['http://app.example:3000', 'app.example', false],
    ['http://app.example', 'app.example:443', false],
    ['http://app.example.evil.example', 'app.example', false],
    ['http://app.example@evil.example', 'app.example', false],
    ['http://evil.example', 'app.example@evil.example', false],
    ['null', 'null', false],
    ['file://', '', false],
    ['data:text/html,x', 'app.example', false],
    ['', '', false],
    [undefined, undefined, false],
  ])('%s for %s: %s', (origin, host, expected) => {
    const headers = {
      'x-requested-with': 'x',
      ...(origin !== undefined && { origin }),
      ...(host !== undefined && { host }),
    };
    expect(isSameOrigin(headers, headers.host)).toBe(expected);
  });
});
