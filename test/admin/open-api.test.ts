import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { OrchestratorAdminModule } from 'nestjs-orchestrator/admin';
import { describe, expect, it } from 'vitest';
import { adapters, listen } from './admin-lab.js';

describe.each(adapters)('over %s @nestjs/swagger tells of', (_name, adapter) => {
  async function documentOf(): Promise<ReturnType<typeof SwaggerModule.createDocument>> {
    const { app } = await listen(adapter, {
      admin: OrchestratorAdminModule.forRoot({ path: 'ops' }),
      imports: [OrchestratorAdminModule.forRoot({ path: 'other' })],
    });
    return SwaggerModule.createDocument(app, new DocumentBuilder().build());
  }

  it('every route, once for each place where they stand', async () => {
    const { paths } = await documentOf();
    const routes = Object.entries(paths)
      .filter(([path]) => path.startsWith('/ops/'))
      .flatMap(([path, item]) => Object.keys(item).map((method) => `${method} ${path.slice(5)}`));

    expect(routes.sort()).toEqual(
      [
        'get status',
        'get workers',
        'get workers/{name}',
        'get workers/{name}/explain',
        'get runs',
        'get runs/{id}',
        'get graph',
        'get permissions',
        'get stream',
        'post workers/{name}/trigger',
        'post workers/{name}/enable',
        'post workers/{name}/disable',
        'post workers/{name}/pause',
        'post workers/{name}/resume',
        'post runs/{id}/cancel',
        'post pause',
        'post resume',
      ].sort(),
    );
    expect(Object.keys(paths).filter((path) => path.startsWith('/other/'))).toHaveLength(17);
  });

  it('what they take, what they answer, and how they refuse', async () => {
    const { post } = (await documentOf()).paths['/ops/workers/{name}/trigger']!;

    expect(post).toMatchObject({
      summary: 'Accepts a run now',
      tags: ['orchestrator'],
      parameters: [{ in: 'path', name: 'name', required: true }],
      requestBody: {
        content: {
          'application/json': {
            schema: { properties: { priority: { enum: ['LOW', 'NORMAL', 'HIGH', 'CRITICAL'] } } },
          },
        },
      },
    });
    expect(Object.keys(post!.responses)).toEqual([
      '202',
      '400',
      '401',
      '403',
      '404',
      '409',
      '413',
      '415',
      '429',
      '503',
    ]);
    const { get } = (await documentOf()).paths['/ops/runs']!;
    expect(get!.parameters!.map((each) => ('name' in each ? each.name : ''))).toEqual(
      expect.arrayContaining(['worker', 'state', 'limit']),
    );
  });
});
