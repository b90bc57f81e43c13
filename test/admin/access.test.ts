import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { createServer, get as httpGet, type RequestListener, type Server } from 'node:http';
import {
  Injectable,
  Module,
  UnauthorizedException,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { OptionsError, OrchestratorModule } from 'nestjs-orchestrator';
import {
  OrchestratorAdminModule,
  type AdminAction,
  type AdminRequestDetails,
  type OrchestratorAdminOptions,
} from 'nestjs-orchestrator/admin';
import request from 'supertest';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { bootError } from '../nest/module/boot.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { adapters, API, listen, SAME_ORIGIN } from './admin-lab.js';

const OWN_ADDRESS = Object.values(networkInterfaces())
  .flat()
  .find((each) => each?.family === 'IPv4' && !each.internal)?.address;

const rolesOf = (context: ExecutionContext): string =>
  context.switchToHttp().getRequest<{ headers: Record<string, string> }>().headers['x-roles'] ?? '';

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

class NobodyGuard implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

afterEach(() => {
  vi.unstubAllEnvs();
});

it('In production nothing boots without authorize or guards', async () => {
  vi.stubEnv('NODE_ENV', 'production');
  const boot = (admin: OrchestratorAdminOptions): Promise<unknown> =>
    bootError({
      imports: [OrchestratorModule.forRoot(), OrchestratorAdminModule.forRoot(admin)],
    });

  const error = await boot({});
  expect(error).toBeInstanceOf(OptionsError);
  expect((error as Error).message).toContain('in production, give authorize, or guards');
  const late = await bootError({
    imports: [
      OrchestratorModule.forRoot(),
      OrchestratorAdminModule.forRootAsync({ useFactory: () => ({}) }),
    ],
  });
  expect(late).toBeInstanceOf(OptionsError);
  expect(await boot({ authorize: () => true })).toBeUndefined();
  expect(await boot({ guards: [NobodyGuard] })).toBeUndefined();
});

it('Guards that a factory returns stand nowhere, and let nothing boot', async () => {
  const boot = (options: object): Promise<unknown> =>
    bootError({
      imports: [
        OrchestratorModule.forRoot(),
        OrchestratorAdminModule.forRootAsync({ useFactory: () => options }),
      ],
    });
  const authorize = () => true;

  const error = await boot({ authorize, guards: [NobodyGuard] });
  expect(error).toBeInstanceOf(OptionsError);
  expect((error as Error).message).toContain('give it beside useFactory');
  expect(await boot({ authorize, redakt: String })).toBeInstanceOf(OptionsError);
  expect(await boot({ authorize, guards: undefined })).toBeUndefined();
  expect(await boot(Object.assign(Object.create(null), { redakt: String }))).toBeInstanceOf(
    OptionsError,
  );
  expect(await boot({ authorize })).toBeUndefined();
});

it('A provider may be the options, with fields and methods of its own', async () => {
  class AuthAdmin {
    readonly told: unknown[] = [];
    authorize(_context: unknown, action: string) {
      return action === 'read' ? this.told.length >= 0 : { who: String(this.told.length) };
    }
    audit({ who }: { readonly who: string }) {
      this.told.push(who);
    }
    redact(text: string) {
      return `${this.told.length}: ${text}`;
    }
  }
  const options = new AuthAdmin();
  const admin = OrchestratorAdminModule.forRootAsync({ useFactory: () => options });
  const { get, post, work } = await listen(adapters[0][1], { admin });
  await work('w', () => undefined);
  expect((await post(`${API}/workers/w/disable`, { reason: 'a fault' })).status).toBe(202);

  expect(options.told).toEqual(['0']);
  expect((await get(`${API}/workers/w`)).body.worker).toMatchObject({
    disabledReason: expect.stringMatching(/^1: /),
  });
});

it('What stands beside a factory is known, or refused', () => {
  const useFactory = () => ({});
  for (const misplaced of [{ gaurds: [NobodyGuard] }, { authorize: () => true }]) {
    const refused = () => OrchestratorAdminModule.forRootAsync({ useFactory, ...misplaced });
    expect(refused).toThrow(OptionsError);
  }
});

it('An option that is undefined is as one that is not given', () => {
  const undefinedOnes = { path: undefined, guards: undefined, imports: undefined };
  expect(() =>
    OrchestratorAdminModule.forRoot(undefinedOnes as unknown as OrchestratorAdminOptions),
  ).not.toThrow();
});

describe.each(adapters)('who is let in over %s', (_name, adapter) => {
  describe('without authorize or guards', () => {
    it('this machine is, and may do everything', async () => {
      const { get, post, work } = await listen(adapter);
      await work('w', () => undefined);

      expect((await get(`${API}/permissions`)).body).toEqual({
        read: true,
        trigger: true,
        control: true,
      });
      expect((await post(`${API}/workers/w/trigger`)).status).toBe(202);
      expect((await post(`${API}/pause`)).status).toBe(202);
    });

    it.runIf(OWN_ADDRESS)(
      'no other one is, whatever the headers say of where it comes from',
      async () => {
        const { app, clock } = await listen(adapter, { host: '0.0.0.0' });
        const { port } = new URL(await app.getUrl());
        const remote = request(`http://${OWN_ADDRESS!}:${port}`);

        for (const headers of [{}, { 'x-forwarded-for': '127.0.0.1', host: 'localhost' }]) {
          for (const route of ['status', 'stream', 'permissions', 'nothing']) {
            const { status, text } = await remote.get(`${API}/${route}`).set(headers);
            expect([403, 404]).toContain(status);
            expect(text).not.toContain('running');
          }
          const { status, body } = await remote
            .post(`${API}/pause`)
            .set({ ...SAME_ORIGIN, ...headers })
            .send({});
          expect(status).toBe(403);
          expect(body.code).toBe('LOOPBACK_ONLY');
        }
        expect(clock.pending).toBe(0);
      },
    );

    it('nobody is whose address is unknown', async () => {
      const { app } = await listen(adapter);
      const [answer] = (app.getHttpServer() as Server).listeners('request');
      const relay = createServer(answer as RequestListener);
      const socketPath = join(temporaryFolder(), 'api.sock');
      await new Promise<void>((resolve) => relay.listen(socketPath, resolve));

      const status = await new Promise((resolve) => {
        const headers = { host: 'localhost' };
        httpGet({ socketPath, path: `${API}/status`, headers, agent: false }, (response) => {
          response.resume();
          resolve(response.statusCode);
        });
      });

      expect(status).toBe(403);
      await new Promise((resolve) => relay.close(resolve));
    });

    it.each(['evil.example', 'localhost.evil.example', '10.0.0.1', '', 'not a host'])(
      'no page is that made its own name, %j, mean this machine',
      async (host) => {
        const { get, post } = await listen(adapter);

        expect((await get(`${API}/status`, { host })).status).not.toBe(200);
        const { status } = await post(`${API}/pause`, {}, { ...SAME_ORIGIN, host });
        expect(status).not.toBe(202);
      },
    );
  });

  describe('authorize', () => {
    it('is asked for each request: what for, of which worker or run', async () => {
      const asked: [AdminAction, AdminRequestDetails][] = [];
      const authorize = (
        _: ExecutionContext,
        action: AdminAction,
        details: AdminRequestDetails,
      ) => {
        asked.push([action, details]);
        return true;
      };
      const { get, post, work } = await listen(adapter, { admin: { authorize } });
      await work('a/b', () => undefined);

      await get(`${API}/status`);
      await get(`${API}/runs/7`);
      await post(`${API}/workers/a%2Fb/trigger`);
      await post(`${API}/workers/~/disable?name=a/b`);
      await post(`${API}/runs/7/cancel`);
      await post(`${API}/pause`);

      expect(asked).toEqual([
        ['read', { operation: 'status' }],
        ['read', { operation: 'run', runId: '7' }],
        ['trigger', { operation: 'trigger', worker: 'a/b' }],
        ['control', { operation: 'disable', worker: 'a/b' }],
        ['control', { operation: 'cancel', runId: '7' }],
        ['control', { operation: 'pause-all' }],
      ]);
    });

    it('gives reading, triggering and control one by one', async () => {
      const authorize = async (context: ExecutionContext, action: AdminAction): Promise<boolean> =>
        rolesOf(context).split(',').includes(action);
      const { get, post, service, work } = await listen(adapter, { admin: { authorize } });
      await work('w', () => undefined);
      const all = async (roles: string): Promise<number[]> => [
        (await get(`${API}/workers`, { 'x-roles': roles })).status,
        (await post(`${API}/workers/w/trigger`, {}, { ...SAME_ORIGIN, 'x-roles': roles })).status,
        (await post(`${API}/workers/w/disable`, {}, { ...SAME_ORIGIN, 'x-roles': roles })).status,
      ];

      expect(await all('')).toEqual([403, 403, 403]);
      expect(await all('read')).toEqual([200, 403, 403]);
      expect(await all('trigger')).toEqual([403, 202, 403]);
      expect((await service.getWorker('w')).enabled).toBe(true);
      expect(await all('control')).toEqual([403, 403, 202]);
      const permissions = await get(`${API}/permissions`, { 'x-roles': 'read,trigger' });
      expect(permissions.body).toEqual({ read: true, trigger: true, control: false });
    });

    it.each([
      ['false', () => false],
      ['nothing', () => undefined],
      ['a text', () => 'yes'],
      ['1', () => 1],
      ['nobody', () => ({ who: '' })],
      ['an object without a name', () => ({})],
      [
        'a proxy that throws',
        () =>
          new Proxy(
            {},
            {
              has: () => {
                throw new Error('no');
              },
            },
          ),
      ],
      [
        'a throw',
        () => {
          throw new Error('S3CRET database is down');
        },
      ],
      ['a rejection', () => Promise.reject(new Error('S3CRET'))],
      [
        'a thrown nothing',
        () => {
          throw undefined;
        },
      ],
    ])('that gives %s lets nobody in', async (_, authorize) => {
      const { get, post, service } = await listen(adapter, { admin: { authorize } as never });

      for (const { status, text, body } of [
        await get(`${API}/status`),
        await get(`${API}/stream`),
        await post(`${API}/pause`),
      ]) {
        expect(status).toBe(403);
        expect(Object.keys(body)).toEqual(['code', 'message']);
        expect(text).not.toMatch(/S3CRET|\.ts/);
      }
      expect((await service.getStatus()).paused).toBe(false);
    });

    it("answers as the application's own exception says", async () => {
      const { get } = await listen(adapter, {
        admin: {
          authorize: () => {
            throw new UnauthorizedException('Log in first.');
          },
        },
      });

      const { status, body } = await get(`${API}/status`);

      expect(status).toBe(401);
      expect(body).toEqual({ code: 'UNAUTHORIZED', message: 'Log in first.' });
    });
  });

  describe('guards', () => {
    it('stand before everything, with what they inject; alone they let callers read only', async () => {
      const { get, post, service } = await listen(adapter, {
        admin: { guards: [KeyGuard], imports: [KeysModule] },
      });
      const key = { 'x-key': 'a key' };

      for (const route of ['status', 'workers', 'runs', 'graph', 'permissions', 'stream']) {
        expect((await get(`${API}/${route}`)).status).toBe(403);
      }
      expect((await get(`${API}/status`, key)).status).toBe(200);
      expect((await get(`${API}/permissions`, key)).body).toEqual({
        read: true,
        trigger: false,
        control: false,
      });
      const { status, body } = await post(`${API}/pause`, {}, { ...SAME_ORIGIN, ...key });
      expect(status).toBe(403);
      expect(body).toEqual({ code: 'READ_ONLY', message: expect.stringContaining('authorize') });
      expect((await service.getStatus()).paused).toBe(false);
    });

    it('and authorize apply together', async () => {
      const authorize = vi.fn(() => true);
      const { post } = await listen(adapter, {
        admin: { guards: [KeyGuard], imports: [KeysModule], authorize },
      });

      expect((await post(`${API}/pause`)).status).toBe(403);
      expect(authorize).not.toHaveBeenCalled();
      expect((await post(`${API}/pause`, {}, { ...SAME_ORIGIN, 'x-key': 'a key' })).status).toBe(
        202,
      );
    });

    it('of the whole application apply too', async () => {
      const { get, post } = await listen(adapter, {
        admin: { authorize: () => true },
        providers: [{ provide: APP_GUARD, useClass: NobodyGuard }],
      });

      for (const { status, body, headers } of [
        await get(`${API}/status`),
        await get(`${API}/stream`),
        await post(`${API}/pause`),
      ]) {
        expect(status).toBe(403);
        expect(body).toEqual({ code: 'FORBIDDEN', message: 'Forbidden resource' });
        expect(headers['x-content-type-options']).toBe('nosniff');
      }
    });
  });
});
