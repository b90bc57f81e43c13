import { ForbiddenException, type INestApplication } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { OrchestratorModule } from 'nestjs-orchestrator';
import {
  OrchestratorDashboardModule,
  type OrchestratorDashboardOptions,
} from 'nestjs-orchestrator/dashboard';
import request from 'supertest';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BuiltPage } from '../../lib/dashboard/built-page.js';
import { VirtualClock } from '../../lib/testing/virtual-clock.js';
import { builtPage } from '../support/built-page.js';

const adapters = [
  ['Express', () => new ExpressAdapter()],
  // By itself it tells a path from one with a slash at its end.
  ['Fastify', () => new FastifyAdapter({ routerOptions: { ignoreTrailingSlash: true } })],
] as const;

interface Surroundings {
  readonly options?: OrchestratorDashboardOptions;
  readonly prefix?: string;
  readonly page?: BuiltPage;
}

describe.each(adapters)('The page over %s', (_, adapter) => {
  let built: BuiltPage;
  let app: INestApplication;

  beforeAll(async () => {
    built = new BuiltPage(await builtPage());
  });

  afterEach(() => app.close());

  async function serve({ options = {}, prefix, page = built }: Surroundings = {}): Promise<void> {
    const testing = await Test.createTestingModule({
      imports: [
        OrchestratorModule.forRoot({ clock: new VirtualClock() }),
        OrchestratorDashboardModule.forRoot(options),
      ],
    })
      .overrideProvider(BuiltPage)
      .useValue(page)
      .compile();
    app = testing.createNestApplication(adapter(), { logger: false });
    if (prefix !== undefined) app.setGlobalPrefix(prefix);
    await app.listen(0, '127.0.0.1');
  }

  const get = async (path: string, init?: RequestInit): Promise<Response> =>
    fetch((await app.getUrl()) + path, init);

  /** What a browser would ask for next. */
  async function partsOf(path: string): Promise<string[]> {
    const answer = await get(path);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const html = await answer.text();
    return [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(
      ([, part]) => new URL(part!, `http://host${path}`).pathname,
    );
  }

  it('and each of its parts stand below its path', async () => {
    await serve();

    const parts = await partsOf('/orchestrator');

    expect(parts.map((part) => part.replace(/-[\w-]+\./, '.'))).toEqual([
      '/orchestrator/assets/favicon.svg',
      '/orchestrator/assets/index.js',
      '/orchestrator/assets/style.css',
    ]);
    const types = await Promise.all(
      parts.map(async (part) => (await get(part)).headers.get('content-type')),
    );
    expect(types).toEqual([
      'image/svg+xml; charset=utf-8',
      'text/javascript; charset=utf-8',
      'text/css; charset=utf-8',
    ]);
    expect((await get('/orchestrator/api/status')).status).toBe(200);
  });

  it.each([
    ['/orchestrator?from=mail', {}],
    ['/v1/orchestrator', { prefix: 'v1' }],
    ['/internal/workers', { options: { path: '/internal/workers/' } }],
  ])('finds its parts from %s', async (path, surroundings) => {
    await serve(surroundings);

    for (const part of await partsOf(path)) expect((await get(part)).status, part).toBe(200);
  });

  it('finds its parts behind a slash as well', async () => {
    await serve();

    for (const part of await partsOf('/orchestrator/')) {
      expect((await get(part)).status, part).toBe(200);
    }
  });

  it('runs nothing but its own scripts, and stays nowhere', async () => {
    await serve();

    const [, script] = await partsOf('/orchestrator');
    for (const path of ['/orchestrator', script!]) {
      const { headers } = await get(path);
      const policy = headers.get('content-security-policy');
      expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
      expect(policy).toContain("frame-ancestors 'none'; base-uri 'none'");
      expect(policy).not.toContain('unsafe');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('access-control-allow-origin')).toBeNull();
    }
  });

  it('holds nothing inline', async () => {
    await serve();

    const html = await (await get('/orchestrator')).text();

    expect(html).not.toMatch(/<style|style=|\son\w+=|<script(?![^>]*\ssrc=)/);
  });

  it('is refused, parts and all, to whom authorize lets read nothing', async () => {
    await serve();
    const [, script] = await partsOf('/orchestrator');
    await app.close();
    const authorize = (): boolean => {
      throw new ForbiddenException('Sign in first.');
    };
    await serve({ options: { authorize } });

    for (const path of ['/orchestrator', script!]) {
      const answer = await get(path);
      expect(answer.status).toBe(403);
      expect(await answer.json()).toMatchObject({ message: 'Sign in first.' });
    }
  });

  it('is refused to others than this machine where nobody says who may see it', async () => {
    await serve();

    const { status, body } = await request(await app.getUrl())
      .get('/orchestrator')
      .set('host', 'example.com');

    expect(status).toBe(403);
    expect(body).toMatchObject({ code: 'LOOPBACK_ONLY' });
  });

  it.each([
    '/orchestrator/assets/nothing.js',
    '/orchestrator/assets/..%2Findex.html',
    '/orchestrator/assets/%2e%2e%2f%2e%2e%2fpackage.json',
    '/orchestrator/assets/__proto__',
    '/orchestrator/index.html',
  ])('has no part %s', async (path) => {
    await serve();

    const answer = await get(path);

    expect(answer.status).toBe(404);
    expect(await answer.text()).not.toContain('"dependencies"');
  });

  it('says what to run where it is not built', async () => {
    await serve({ page: new BuiltPage('/nowhere') });

    const answer = await get('/orchestrator');

    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({
      code: 'PAGE_NOT_BUILT',
      message: expect.stringContaining('npm run build') as string,
    });
    expect((await get('/orchestrator/api/status')).status).toBe(200);
  });
});
