import {
  Controller,
  Get,
  Header,
  Injectable,
  Module,
  VersioningType,
  type CallHandler,
  type CanActivate,
  type DynamicModule,
  type ExecutionContext,
  type INestApplication,
  type ModuleMetadata,
  type NestInterceptor,
  type Type,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { OrchestratorModule, OrchestratorService } from 'nestjs-orchestrator';
import { OrchestratorMetrics, OrchestratorMetricsModule } from 'nestjs-orchestrator/metrics';
import { Registry } from 'prom-client';
import { map, type Observable } from 'rxjs';
import request from 'supertest';
import { afterEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../lib/testing/virtual-clock.js';
import { readExposition, valuesOf } from './exposition.js';

@Injectable()
class Keys {
  readonly valid = 'a key';
}

@Module({ providers: [Keys], exports: [Keys] })
class KeysModule {}

@Injectable()
class KeyGuard implements CanActivate {
  constructor(private readonly keys: Keys) {}

  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, string> }>();
    return headers['x-key'] === this.keys.valid;
  }
}

class Wrap implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((data: unknown) => ({ data })));
  }
}

@Controller('own')
class OwnController {
  constructor(private readonly metrics: OrchestratorMetrics) {}

  @Get()
  @Header('Content-Type', 'text/plain')
  show(): Promise<string> {
    return this.metrics.render();
  }
}

const adapters = [
  ['Express', () => new ExpressAdapter()],
  ['Fastify', () => new FastifyAdapter()],
] as const;

describe.each(adapters)('metrics over %s', (_name, adapter) => {
  const clock = new VirtualClock();
  let app: INestApplication;

  async function listen(
    metrics: Type | DynamicModule | undefined,
    { imports = [], ...metadata }: ModuleMetadata = {},
    prepare: (given: INestApplication) => unknown = () => undefined,
  ): Promise<void> {
    const modules = metrics === undefined ? [] : [metrics];
    const testing = await Test.createTestingModule({
      imports: [OrchestratorModule.forRoot({ clock }), ...modules, ...imports],
      ...metadata,
    }).compile();
    app = testing.createNestApplication(adapter(), { logger: false });
    prepare(app);
    await app.listen(0, '127.0.0.1');
  }

  const get = async (
    path: string,
    headers: Record<string, string> = {},
  ): Promise<request.Response> =>
    request(await app.getUrl())
      .get(path)
      .set(headers);

  afterEach(() => app.close());

  it('are there whatever versions the application has', async () => {
    await listen(OrchestratorMetricsModule, {}, (given) =>
      given.enableVersioning({
        ...{ type: VersioningType.HEADER, header: 'x-version', defaultVersion: '1' },
      }),
    );

    expect((await get('/metrics')).status).toBe(200);
  });

  it('are Prometheus text, though the application wraps its answers, and not to be cached', async () => {
    const wrap = { provide: APP_INTERCEPTOR, useClass: Wrap };
    await listen(OrchestratorMetricsModule, { providers: [wrap] });
    const orchestrator = app.get(OrchestratorService);
    await orchestrator.registerWorker('tidy', () => undefined);
    await orchestrator.triggerWorker('tidy');
    await clock.advance(1);

    const { status, headers, text } = await get('/metrics');

    expect(status).toBe(200);
    expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4; charset=utf-8$/);
    expect(headers['cache-control']).toBe('no-store');
    expect(valuesOf(readExposition(text), 'orchestrator_runs_total')).toEqual({
      'worker=tidy,outcome=succeeded': 1,
    });
  });

  it('stand where they are asked for, behind guards', async () => {
    const path = 'internal/metrics';
    await listen(
      OrchestratorMetricsModule.forRoot({ path, guards: [KeyGuard], imports: [KeysModule] }),
    );

    expect((await get('/metrics')).status).toBe(404);
    const refused = await get('/internal/metrics');
    expect(refused.status).toBe(403);
    expect(refused.text).not.toContain('orchestrator_');
    expect((await get('/internal/metrics', { 'x-key': 'a key' })).text).toContain(
      'orchestrator_state',
    );
  });

  it('have no route unless they are asked for', async () => {
    await listen(undefined);

    expect((await get('/metrics')).status).toBe(404);
  });

  it('may be served by a route of the application alone', async () => {
    const metrics = OrchestratorMetricsModule.forRoot({ path: false });
    await listen(metrics, { controllers: [OwnController] });

    for (const path of ['/metrics', '/']) expect((await get(path)).status).toBe(404);
    expect((await get('/own')).text).toContain('orchestrator_state');
  });

  it('speak as the registry says', async () => {
    const registry = new Registry<'application/openmetrics-text; version=1.0.0; charset=utf-8'>();
    registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    await listen(OrchestratorMetricsModule.forRoot({ registry }));

    const { headers, text } = await get('/metrics');

    expect(headers['content-type']).toContain('application/openmetrics-text');
    expect(text).toMatch(/# EOF\n$/);
  });
});
