import {
  Injectable,
  Module,
  VersioningType,
  type CallHandler,
  type ExecutionContext,
  type INestApplication,
  type NestInterceptor,
  type PipeTransform,
} from '@nestjs/common';
import { APP_FILTER, APP_INTERCEPTOR, APP_PIPE, BaseExceptionFilter } from '@nestjs/core';
import { OptionsError, OrchestratorModule } from 'nestjs-orchestrator';
import {
  OrchestratorAdminModule,
  type OrchestratorAdminBehaviour,
} from 'nestjs-orchestrator/admin';
import { OrchestratorDashboardModule } from 'nestjs-orchestrator/dashboard';
import { map, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { bootError } from '../nest/module/boot.js';
import { adapters, API, listen, SAME_ORIGIN, type Lab } from './admin-lab.js';
import { openStream } from './open-stream.js';

class Wrap implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((data: unknown) => ({ data })));
  }
}

/** As an application may have it for its own ids. */
class RefuseEverything implements PipeTransform {
  transform(): never {
    throw new Error('This is no id of ours.');
  }
}

class OwnFilter extends BaseExceptionFilter {}

@Injectable()
class Settings implements OrchestratorAdminBehaviour {
  readonly showErrors = true;
  readonly authorize = (context: ExecutionContext): boolean =>
    context.switchToHttp().getRequest<{ headers: Record<string, string> }>().headers['x-key'] ===
    'a key';
}

@Module({ providers: [Settings], exports: [Settings] })
class SettingsModule {}

@Injectable()
class SettingsFactory {
  createOrchestratorAdminOptions(): OrchestratorAdminBehaviour {
    return new Settings();
  }
}

/** That it reads, refuses, acts and streams, as it does without any of this. */
async function expectToWork(
  lab: Lab,
  root = API,
  headers: Record<string, string> = {},
): Promise<void> {
  await lab.work('a/b', () => undefined);
  const path = `${root}/workers/a%2Fb`;
  expect((await lab.get(path, headers)).body.worker).toMatchObject({ name: 'a/b' });
  const refused = await lab.get(`${root}/workers/nobody`, headers);
  expect([refused.status, Object.keys(refused.body)]).toEqual([404, ['code', 'message']]);
  const payload = { list: [1, { a: null }] };
  const { status, body } = await lab.post(
    `${path}/trigger`,
    { payload },
    { ...SAME_ORIGIN, ...headers },
  );
  expect([status, typeof body.id]).toEqual([202, 'string']);
  const stream = await openStream(`${lab.url}${root}/stream`, headers);
  expect((await stream.until(({ event }) => event === 'snapshot')).data.workers).toHaveLength(1);
}

describe.each(adapters)('over %s it works', (_name, adapter) => {
  const applications: [string, (app: INestApplication) => void, string?][] = [
    ['below a global prefix', (app) => app.setGlobalPrefix('v0/api'), `/v0/api${API}`],
    [
      'beside versions in paths',
      (app) => app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' }),
    ],
    [
      'beside versions in headers',
      (app) =>
        app.enableVersioning({
          type: VersioningType.HEADER,
          header: 'x-version',
          defaultVersion: '1',
        }),
    ],
    [
      'beside versions in media types',
      (app) => app.enableVersioning({ type: VersioningType.MEDIA_TYPE, key: 'v=' }),
    ],
  ];

  it.each(applications)('%s', async (_, prepare, root) => {
    await expectToWork(await listen(adapter, { prepare }), root);
  });

  it("with the application's own pipes, interceptors and filters, which are not for it", async () => {
    const lab = await listen(adapter, {
      providers: [
        { provide: APP_INTERCEPTOR, useClass: Wrap },
        { provide: APP_PIPE, useClass: RefuseEverything },
        { provide: APP_FILTER, useClass: OwnFilter },
      ],
    });
    await expectToWork(lab);
  });

  it('with a path of its own', async () => {
    const admin = OrchestratorAdminModule.forRoot({ path: '/internal/workers-api/' });
    const lab = await listen(adapter, { admin });
    await expectToWork(lab, '/internal/workers-api');
  });

  it.each([
    ['useFactory', { inject: [Settings], useFactory: (settings: Settings) => settings }],
    ['useExisting', { useExisting: SettingsFactory }],
    ['useClass', { useClass: SettingsFactory }],
  ] as const)('with options from other providers, by %s', async (_, asked) => {
    @Module({ providers: [SettingsFactory], exports: [SettingsFactory] })
    class FactoryModule {}
    const admin = OrchestratorAdminModule.forRootAsync({
      ...asked,
      path: 'ops',
      imports: [SettingsModule, FactoryModule],
    } as never);
    const lab = await listen(adapter, { admin });

    expect((await lab.get('/ops/status')).status).toBe(403);
    await expectToWork(lab, '/ops', { 'x-key': 'a key' });
  });

  it('twice, each with its own path and its own idea of who may act', async () => {
    const lab = await listen(adapter, {
      admin: OrchestratorAdminModule.forRoot({
        path: 'public',
        authorize: (_context, action) => action === 'read',
      }),
      imports: [OrchestratorAdminModule.forRoot({ path: 'private', authorize: () => true })],
    });

    expect((await lab.post('/public/pause')).status).toBe(403);
    expect((await lab.get('/public/permissions')).body).toMatchObject({ control: false });
    await expectToWork(lab, '/private');
  });
});

describe('Options that make no sense are refused, saying which', () => {
  it.each([
    ['options = null', null],
    ['options = 5', 5],
    ['path = ""', { path: '' }],
    ['path = 5', { path: 5 }],
    ['path = ":tenant/api"', { path: ':tenant/api' }],
    ['path = "a/../b?x"', { path: 'a/../b?x' }],
    ['guards = a function', { guards: class {} }],
    ['authorize = true', { authorize: true }],
    ['redact = "all"', { redact: 'all' }],
    ['audit = an object', { audit: {} }],
    ['showErrors = "false"', { showErrors: 'false' }],
    ['actionsPerMinute = 0', { actionsPerMinute: 0 }],
    ['actionsPerMinute = NaN', { actionsPerMinute: NaN }],
  ])('%s', async (text, options) => {
    const boot = async (): Promise<unknown> =>
      bootError({
        imports: [OrchestratorModule.forRoot(), OrchestratorAdminModule.forRoot(options as never)],
      });
    const thrown = await boot().catch((fault: unknown) => fault);
    expect(thrown).toBeInstanceOf(OptionsError);
    expect((thrown as Error).message).toContain(`OrchestratorAdminModule: ${text} – `);
  });

  it.each([[undefined], [null], ['text']])('a factory that returns %s', async (value) => {
    const error = await bootError({
      imports: [
        OrchestratorModule.forRoot(),
        OrchestratorAdminModule.forRootAsync({ useFactory: () => value as never }),
      ],
    });
    expect(error).toBeInstanceOf(OptionsError);
  });

  it('an option that there is not: a misspelt "authorize" would let everybody in', () => {
    const misspelt = { authorise: () => false } as never;
    expect(() => OrchestratorAdminModule.forRoot(misspelt)).toThrow(
      /^OrchestratorAdminModule: authorise = a function – there are authorize, /,
    );
    expect(() => OrchestratorDashboardModule.forRoot(misspelt)).toThrow(OptionsError);
  });

  it.each([
    [OrchestratorAdminModule.forRoot(), OrchestratorDashboardModule.forRoot()],
    [OrchestratorDashboardModule.forRoot(), OrchestratorAdminModule.forRoot()],
    [OrchestratorAdminModule.forRoot(), OrchestratorAdminModule.forRoot({ showErrors: true })],
  ])('two imports with the same routes: only one could say who is let in', async (...both) => {
    const error = await bootError({ imports: [OrchestratorModule.forRoot(), ...both] });

    expect(error).toBeInstanceOf(OptionsError);
    expect((error as Error).message).toContain('path = "orchestrator/api" – it is imported twice');
  });

  it.each([
    [OrchestratorAdminModule, 'give an object to forRoot()'],
    [OrchestratorDashboardModule, 'import OrchestratorDashboardModule.forRoot()'],
  ])('the module without forRoot()', async (module, remedy) => {
    const error = await bootError({ imports: [OrchestratorModule.forRoot(), module] });
    expect(error).toBeInstanceOf(OptionsError);
    expect((error as Error).message).toContain(remedy);
  });
});
