import type { ExecutionContext } from '@nestjs/common';
import type { RunContext } from 'nestjs-orchestrator';
import type { AdminAuditRecord } from 'nestjs-orchestrator/admin';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ActionRate } from '../../lib/admin/action-rate.js';
import { adapters, API, listen, SAME_ORIGIN, STACK, type Lab } from './admin-lab.js';

const ALICE = { ...SAME_ORIGIN, 'x-user': 'alice' };

/** Lets in whoever says a name, and only looks at others. */
function authorize(context: ExecutionContext, action: string): boolean | { who: string } {
  const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, string> }>();
  const who = headers['x-user'];
  return who === undefined ? action === 'read' : { who };
}

describe.each(adapters)('acting over %s', (_name, adapter) => {
  let lab: Lab;
  let records: AdminAuditRecord[];
  let seen: RunContext[];

  beforeEach(async () => {
    records = [];
    seen = [];
    lab = await listen(adapter, {
      admin: { authorize, audit: (record) => void records.push(record) },
    });
    await lab.work('w', (run) => void seen.push(run));
  });

  const act = (path: string, body: unknown = {}) => lab.post(`${API}/${path}`, body, ALICE);

  it('triggers a run with payload, priority, delay and dedupeKey, and tells its id', async () => {
    const payload = { month: '2026-11', deep: [{ n: 1 }] };

    const { status, body } = await act('workers/w/trigger', {
      payload,
      priority: 'HIGH',
      delay: '5s',
      dedupeKey: 'once',
    });
    const again = await act('workers/w/trigger', { dedupeKey: 'once' });

    expect(status).toBe(202);
    expect(again.body).toEqual(body);
    await lab.clock.advance('4s');
    expect(seen).toEqual([]);
    await lab.clock.advance('1s');
    expect(seen).toMatchObject([{ runId: body.id, payload }]);
  });

  it('enables, disables, pauses and resumes a worker, and says who did', async () => {
    expect((await act('workers/w/disable')).body).toEqual({});
    expect(await lab.service.getWorker('w')).toMatchObject({ disabledReason: 'disabled by alice' });
    await act('workers/w/disable', { reason: 'broken disk' });
    expect(await lab.service.getWorker('w')).toMatchObject({ disabledReason: 'broken disk' });
    await act('workers/w/enable');
    expect(await lab.service.getWorker('w')).toMatchObject({ state: 'idle' });
    await act('workers/w/pause');
    expect(await lab.service.getWorker('w')).toMatchObject({ state: 'paused' });
    await act('workers/w/resume');
    expect(await lab.service.getWorker('w')).toMatchObject({ state: 'idle' });
  });

  it('pauses and resumes everything', async () => {
    await act('pause');
    expect(await lab.service.getStatus()).toMatchObject({ paused: true });
    await act('resume');
    expect(await lab.service.getStatus()).toMatchObject({ paused: false });
  });

  it('cancels a run, and frees what an abandoned one holds', async () => {
    await lab.work('deaf', () => new Promise(() => undefined), { holdOnTimeout: true });
    const { body } = await act('workers/deaf/trigger');
    await lab.clock.advance(0);

    expect((await act(`runs/${body.id}/cancel`)).body).toEqual({ cancelled: true });
    expect(await lab.service.getRun(body.id)).toMatchObject({
      status: 'cancelled',
      why: 'cancelled by alice',
    });
    await lab.clock.advance('1m');
    expect(await lab.service.getWorker('deaf')).toMatchObject({ running: 1, abandoned: 1 });
    const freed = await act(`runs/${body.id}/cancel`, { abandon: true });
    expect(freed.body).toEqual({ cancelled: false });
    expect(await lab.service.getWorker('deaf')).toMatchObject({ running: 0, abandoned: 1 });
  });

  it.each([
    ['workers/nobody/trigger', {}, 404, 'UNKNOWN_WORKER'],
    ['workers/__proto__/disable', {}, 404, 'UNKNOWN_WORKER'],
    ['runs/nothing/cancel', {}, 404, 'UNKNOWN_RUN'],
    ['workers/off/trigger', {}, 409, 'WORKER_DISABLED'],
    ['workers/held/trigger', {}, 409, 'WORKER_PAUSED'],
    ['workers/full/trigger', {}, 429, 'QUEUE_FULL'],
    ['workers/w/trigger', { priority: 'URGENT' }, 400, 'PAYLOAD'],
    ['workers/w/trigger', { priority: 7 }, 400, 'PAYLOAD'],
    ['workers/w/trigger', { delay: -1 }, 400, 'PAYLOAD'],
    ['workers/w/trigger', { delay: 'soon' }, 400, 'PAYLOAD'],
    ['workers/w/trigger', { dedupeKey: '' }, 400, 'PAYLOAD'],
    ['workers/w/trigger', { dedupeKey: { $ne: '' } }, 400, 'PAYLOAD'],
    ['workers/w/trigger', { minutes: 5 }, 400, 'BODY'],
    ['workers/w/disable', { reason: { by: 'me' } }, 400, 'BODY'],
    ['workers/w/enable', { reason: 'x' }, 400, 'BODY'],
    ['runs/1/cancel', { abandon: 'yes' }, 400, 'BODY'],
    ['pause', [], 400, 'BODY'],
    ['pause', 'null', 400, 'BODY'],
    ['pause', '"text"', 400, 'BODY'],
  ] as const)('%s with %j is refused with %i %s', async (path, body, status, code) => {
    await lab.work('off', () => undefined, { enabled: false });
    await lab.work('held', () => undefined);
    await lab.service.pauseWorker('held');
    await lab.work('full', () => undefined, { maxPending: 1 });
    await lab.service.pause();
    await lab.service.triggerWorker('full');
    const before = (await lab.service.getRuns()).length;

    const answer = await act(path, body);

    if (answer.body.code !== undefined) expect(answer.body.code).toBe(code);
    expect(answer.status).toBe(status);
    expect(answer.text).not.toMatch(STACK);
    expect(await lab.service.getRuns()).toHaveLength(before);
    expect((await lab.service.getWorker('w')).enabled).toBe(true);
  });

  it('is refused with 503 once the orchestrator has stopped', async () => {
    await lab.service.stop();

    const { status, body } = await act('workers/w/trigger');

    expect(status).toBe(503);
    expect(body.code).toBe('ORCHESTRATOR_STOPPED');
  });

  it('is recorded: who, what, when, and what came of it', async () => {
    await act('workers/w/trigger', { payload: 'S3CRET' });
    await act('workers/w/disable', { reason: 'S3CRET' });
    await act('workers/w/trigger');
    await lab.post(`${API}/workers/w/enable`);
    await lab.get(`${API}/status`);

    const base = { at: expect.any(Date), worker: 'w' };
    const alice = { ...base, who: 'alice' };
    expect(records).toEqual([
      { ...alice, action: 'trigger', operation: 'trigger', outcome: 'done' },
      { ...alice, action: 'control', operation: 'disable', outcome: 'done' },
      {
        ...alice,
        action: 'trigger',
        operation: 'trigger',
        outcome: 'failed',
        code: 'WORKER_DISABLED',
      },
      {
        ...base,
        who: expect.stringMatching(/^(::ffff:)?127\.0\.0\.1$/),
        action: 'control',
        operation: 'enable',
        outcome: 'refused',
        code: 'FORBIDDEN',
      },
    ]);
    const logged = lab.lines.filter((line) => line.includes('worker "w":'));
    expect(logged).toHaveLength(4);
    expect(logged[0]).toBe('"alice": trigger worker "w": done');
    expect(logged.join()).not.toContain('S3CRET');
  });

  it('B77: is one line in the log, whatever callers are called and name', async () => {
    const hostile = 'x\n[Nest] 1 - LOG admin logged in\u001b[2J';
    await lab.app.close();
    lab = await listen(adapter, {
      admin: { authorize: () => ({ who: hostile }) },
    });

    await act(`workers/${encodeURIComponent(hostile)}/disable`);

    const line = lab.lines.find((each) => each.includes('disable worker'))!;
    // eslint-disable-next-line no-control-regex -- these are what it is about
    expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
    expect(line).toContain('logged in');
    expect(lab.lines.filter((each) => each.includes('logged in'))).toHaveLength(1);
  });

  it('goes on when the record cannot be passed on, which is logged', async () => {
    await lab.app.close();
    for (const audit of [
      () => Promise.reject(new Error('audit store is down')),
      () => {
        throw new Error('audit store is down');
      },
    ]) {
      lab = await listen(adapter, { admin: { authorize, audit } });
      expect((await act('pause')).status).toBe(202);
      await vi.waitFor(() => {
        expect(lab.lines.join('\n')).toContain('audit failed: Error: audit store is down');
      }, 15_000);
    }
  });

  it('is limited for each caller, and reading is not', async () => {
    await lab.app.close();
    lab = await listen(adapter, { admin: { authorize, actionsPerMinute: 3 } });
    const statuses: number[] = [];
    for (let action = 0; action < 5; action++) statuses.push((await act('pause')).status);

    expect(statuses).toEqual([202, 202, 202, 429, 429]);
    const refused = await act('resume');
    expect(refused.body).toEqual({ code: 'TOO_MANY_ACTIONS', message: expect.any(String) });
    expect((await lab.service.getStatus()).paused).toBe(true);
    expect((await lab.get(`${API}/status`)).status).toBe(200);
    const bob = { ...SAME_ORIGIN, 'x-user': 'bob' };
    expect((await lab.post(`${API}/resume`, {}, bob)).status).toBe(202);
  });
});

describe('The rate of actions', () => {
  it('lets as many pass at once as in a minute, and then comes back bit by bit', () => {
    const rate = new ActionRate(60);
    const take = (at: number): boolean => rate.take('a', at);

    expect(Array.from({ length: 61 }, () => take(0))).toEqual([
      ...Array.from({ length: 60 }, () => true),
      false,
    ]);
    expect(take(999)).toBe(false);
    expect(take(1_000)).toBe(true);
    expect(take(1_001)).toBe(false);
    expect(Array.from({ length: 61 }, () => take(3_600_000)).filter(Boolean)).toHaveLength(60);
  });

  it('forgets who has been quiet for longest, so that a million callers cost no memory', () => {
    const rate = new ActionRate(1);
    rate.take('steady', 0);
    for (let caller = 0; caller < 5_000; caller++) {
      rate.take(String(caller), 1);
      expect(rate.take('steady', 1)).toBe(false);
    }
    expect(rate.take('4999', 1)).toBe(false);
    expect(rate.take('0', 1)).toBe(true);
  });
});
