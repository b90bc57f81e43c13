import type {
  DynamicModule,
  INestApplication,
  LoggerService,
  ModuleMetadata,
  Type,
} from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  OrchestratorModule,
  OrchestratorService,
  type OrchestratorOptions,
} from 'nestjs-orchestrator';
import { OrchestratorAdminModule, type OrchestratorAdminOptions } from 'nestjs-orchestrator/admin';
import request from 'supertest';
import { afterEach, vi } from 'vitest';
import { VirtualClock } from '../../lib/testing/virtual-clock.js';

export const API = '/orchestrator/api';
/** What no answer may hold. */
export const STACK = /\n\s+at |\bat .+:\d+:\d+|\.[jt]s:\d/;

export const adapters = [
  ['Express', () => new ExpressAdapter()],
  ['Fastify', () => new FastifyAdapter()],
] as const;

export type MakeAdapter = (typeof adapters)[number][1];

/** What a page of the same origin sends. */
export const SAME_ORIGIN = { 'sec-fetch-site': 'same-origin' };

interface Opening extends ModuleMetadata {
  readonly admin?: OrchestratorAdminOptions | DynamicModule | Type;
  readonly orchestrator?: OrchestratorOptions;
  readonly bodyParser?: boolean;
  readonly host?: string;
  /** Called before the application listens. */
  readonly prepare?: (app: INestApplication) => void;
}

export interface Lab {
  readonly app: INestApplication;
  readonly service: OrchestratorService;
  readonly clock: VirtualClock;
  readonly lines: string[];
  readonly url: string;
  get(path: string, headers?: Record<string, string>): Promise<request.Response>;
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<request.Response>;
  /** Registers a worker that neither retries nor times out, unless it says so. */
  work(...declared: Parameters<OrchestratorService['registerWorker']>): Promise<void>;
}

const open: Lab[] = [];

afterEach(async () => {
  for (const { app, clock } of open.splice(0)) {
    const closed = app.close();
    await clock.advance('2m');
    await closed;
  }
});

/** An application that listens, whose workers live in virtual time; closed after the test. */
export async function listen(
  adapter: MakeAdapter,
  { admin = {}, orchestrator, bodyParser, host = '127.0.0.1', prepare, ...metadata }: Opening = {},
): Promise<Lab> {
  const { imports = [], ...others } = metadata;
  const clock = new VirtualClock();
  const isModule = typeof admin === 'function' || 'module' in admin;
  const testing = await Test.createTestingModule({
    imports: [
      OrchestratorModule.forRoot({ clock, ...orchestrator }),
      isModule ? admin : OrchestratorAdminModule.forRoot(admin),
      ...imports,
    ],
    ...others,
  }).compile();
  const lines: string[] = [];
  const app = testing.createNestApplication(adapter(), {
    logger: recorder(lines),
    ...(bodyParser !== undefined && { bodyParser }),
  });
  prepare?.(app);
  await app.listen(0, host);
  const url = (await app.getUrl()).replace('[::1]', 'localhost');
  const service = app.get(OrchestratorService);
  const lab: Lab = {
    app,
    service,
    clock,
    lines,
    url,
    get: (path, headers = {}) => request(url).get(path).set(headers),
    post: (path, body = {}, headers = SAME_ORIGIN) =>
      request(url)
        .post(path)
        .set('content-type', 'application/json')
        .set(headers)
        .send(typeof body === 'string' ? body : JSON.stringify(body)),
    work: (name, fn, options) =>
      service.registerWorker(name, fn, { maxRetries: 0, timeout: false, ...options }),
  };
  open.push(lab);
  return lab;
}

function recorder(lines: string[]): LoggerService {
  const record = vi.fn((message: unknown) => void lines.push(String(message)));
  return { log: record, warn: record, error: record };
}
