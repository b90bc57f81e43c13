import { PassThrough } from 'node:stream';
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LiveFeed } from '../../lib/admin/stream/live-feed.js';
import { Shown } from '../../lib/admin/shown.js';
import { EngineUnavailableError } from '../../lib/core/errors.js';
import { Orchestration } from '../../lib/orchestration.js';
import { boot, type Booted } from '../nest/module/boot.js';
import { adapters, API, listen, type Lab } from './admin-lab.js';
import { openStream, type OpenStream, type StreamMessage } from './open-stream.js';

describe.each(adapters)('the stream over %s', (_name, adapter) => {
  let lab: Lab;

  beforeEach(async () => {
    lab = await listen(adapter);
    await lab.work('w', ({ progress }) => {
      progress(0.5, 'half');
    });
    await lab.work('idle', () => undefined);
  });

  const open = (headers: Record<string, string> = {}): Promise<OpenStream> =>
    openStream(`${lab.url}${API}/stream`, headers);

  it('begins with the whole picture, whatever its reader had before', async () => {
    await lab.service.triggerWorker('w');
    await lab.clock.advance(0);

    for (const headers of [{}, { 'last-event-id': '7' }, { 'last-event-id': 'nonsense' }]) {
      const stream = await open(headers);
      const first = await stream.until(({ event }) => event !== undefined);

      expect(stream.status).toBe(200);
      expect(stream.headers['content-type']).toBe('text/event-stream; charset=utf-8');
      expect(stream.headers['cache-control']).toBe('no-store, no-transform');
      expect(first.event).toBe('snapshot');
      const { workerStates, ...orchestrator } = (await lab.get(`${API}/status`)).body;
      expect(first.data).toMatchObject({
        orchestrator: { ...orchestrator, at: expect.any(String) },
        workers: workerStates,
        runs: [{ worker: 'w', status: 'succeeded', progress: { fraction: 0.5, message: 'half' } }],
      });
    }
  });

  it('goes on with what changes, whole, and with nothing else', async () => {
    const stream = await open();
    await stream.until(({ event }) => event === 'snapshot');
    const run = await lab.service.triggerWorker('w');
    await lab.clock.advance(0);

    const { id, data } = await stream.until(({ event }) => event === 'changes');

    expect(Number(id)).toBeGreaterThan(1);
    expect(data).toEqual({
      orchestrator: expect.objectContaining({ state: 'running', workers: 2 }),
      workers: [(await lab.get(`${API}/workers/w`)).body.worker],
      removed: [],
      gone: [],
      runs: [(await lab.get(`${API}/runs/${run.id}`)).body],
      isGraphChanged: false,
    });
  });

  it('tells of workers that come and go', async () => {
    const stream = await open();
    await stream.until(({ event }) => event === 'snapshot');
    await lab.work('__proto__', () => undefined);
    const come = await stream.until(({ data }) => data?.workers[0]?.name === '__proto__');
    expect(come.data).toMatchObject({ isGraphChanged: true, removed: [] });

    await lab.service.unregisterWorker('__proto__');
    const gone = await stream.until(({ data }) => data?.removed?.length === 1);
    expect(gone.data).toMatchObject({ isGraphChanged: true, removed: ['__proto__'], workers: [] });
  });

  it('tells of all workers where everything is held or let go', async () => {
    const stream = await open();
    await stream.until(({ event }) => event === 'snapshot');
    await lab.service.pause();

    const { data } = await stream.until(({ event }) => event === 'changes');

    expect(data.orchestrator.paused).toBe(true);
    expect(data.workers).toHaveLength(2);
  });

  it('tells that the orchestrator drains, and ends; whoever comes again sees it stopped', async () => {
    const stream = await open();
    await stream.until(({ event }) => event === 'snapshot');
    await lab.service.stop();

    await vi.waitFor(() => {
      expect(stream.isEnded()).toBe(true);
    }, 15_000);
    expect(stream.messages.at(-1)!.data.orchestrator.state).toMatch(/draining|stopped/);
    const again = await open();
    const { data } = await again.until(({ event }) => event === 'snapshot');
    expect(data.orchestrator.state).toBe('stopped');
  });

  it('keeps no application from closing', async () => {
    const readers = [await open(), await open(), await open()];
    for (const reader of readers) await reader.until(({ event }) => event === 'snapshot');
    readers[1]!.pause();

    await lab.app.close();

    await vi.waitFor(() => {
      expect(readers[0]!.isEnded()).toBe(true);
    }, 15_000);
  });

  it('has no more than a hundred readers, and room again for another when one leaves', async () => {
    const readers = await Promise.all(Array.from({ length: 100 }, () => open()));
    expect(readers.map(({ status }) => status)).toEqual(readers.map(() => 200));

    const refused = await lab.get(`${API}/stream`);
    expect(refused.status).toBe(429);
    expect(refused.body.code).toBe('TOO_MANY_STREAMS');

    readers[0]!.close();
    await vi.waitFor(async () => {
      expect((await open()).status).toBe(200);
    }, 15_000);
  });
});

describe('The feed behind it', () => {
  let lab: Booted;
  let feed: LiveFeed;

  beforeEach(async () => {
    lab = await boot();
    feed = new LiveFeed(lab.service, new Shown({}), lab.logger);
    vi.useFakeTimers({
      toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'],
    });
  });

  afterEach(() => {
    feed.close();
    vi.useRealTimers();
  });

  interface Reader {
    readonly response: PassThrough;
    events(): string[];
    datas(): StreamMessage['data'][];
  }

  /** Reads what comes, or lets it lie. */
  function join(reads = true): Reader {
    const response = new PassThrough({ highWaterMark: 64 * 1024 });
    let text = '';
    if (reads) response.on('data', (part) => (text += String(part)));
    feed.join(() => response as unknown as ServerResponse);
    return {
      response,
      events: () => [...text.matchAll(/^event: (.*)$/gm)].map(([, event]) => event!),
      datas: () => [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data!)),
    };
  }

  const pass = async (ms: number): Promise<void> => {
    await vi.advanceTimersByTimeAsync(ms);
  };

  it('sends at most four messages a second, however much happens, and the last state of each', async () => {
    await lab.work('w', {});
    const reader = join();
    await pass(300);
    for (let ms = 0; ms < 10_000; ms += 5) {
      await lab.service.triggerWorker('w');
      await lab.clock.advance(0);
      await pass(5);
    }
    await pass(300);

    expect(reader.events()[0]).toBe('snapshot');
    expect(reader.events().length).toBeGreaterThan(30);
    expect(reader.events().length).toBeLessThanOrEqual(42);
    expect(reader.datas().at(-1).workers[0].counts.succeeded).toBe(2_000);
  });

  it('gives the whole picture, with the latest 500 runs, where more change than that', async () => {
    await lab.app.close();
    lab = await boot({ options: { history: 2_000 } });
    feed = new LiveFeed(lab.service, new Shown({}), lab.logger);
    await lab.work('w', {});
    const reader = join();
    await pass(300);
    for (let run = 0; run < 1_200; run++) {
      await lab.service.triggerWorker('w');
      await lab.clock.advance(0);
    }
    await pass(300);

    const [last] = await lab.service.getRuns();
    const { runs } = reader.datas().at(-1);
    expect(reader.events().at(-1)).toBe('snapshot');
    expect(runs).toHaveLength(500);
    expect(runs[0].id).toBe(last!.id);
  });

  it('tells which runs are in no history any more, though it has told of them before', async () => {
    await lab.app.close();
    lab = await boot({ options: { history: 0 } });
    feed = new LiveFeed(lab.service, new Shown({}), lab.logger);
    await lab.work('w', {}, () => lab.clock.wait(1_000));
    const reader = join();
    await pass(300);
    const { id } = await lab.service.triggerWorker('w');
    await lab.clock.advance(0);
    await pass(300);
    expect(reader.datas().at(-1)).toMatchObject({ runs: [{ id, status: 'running' }], gone: [] });

    await lab.clock.advance(1_000);
    await pass(300);
    expect(reader.datas().at(-1)).toMatchObject({ runs: [], gone: [id] });
  });

  it('keeps nobody who has left before being let in', async () => {
    const timers = vi.getTimerCount();
    const gone = new PassThrough();
    gone.destroy();
    feed.join(() => gone as unknown as ServerResponse);
    await pass(300);
    expect(vi.getTimerCount()).toBe(timers);
  });

  describe('while nobody leads', () => {
    const away = new EngineUnavailableError('nobody leads');
    const leaderless = { term: 1, leader: '', self: 'a', replicas: [] };

    /** The engine tells what it makes up, and answers nothing else. */
    async function loseLeader(): Promise<() => void> {
      const { service } = lab;
      const status = await service.getStatus();
      const madeUp = status.workerStates.map((worker) => ({ ...worker, running: 0, waiting: 0 }));
      const told = { ...status, paused: false, workerStates: madeUp, fleet: leaderless };
      const spies = [
        vi.spyOn(service, 'getStatus').mockResolvedValue({ ...told, engineProblem: 'no answer' }),
        vi.spyOn(service, 'getRuns').mockRejectedValue(away),
        vi.spyOn(service, 'getRun').mockRejectedValue(away),
      ];
      return () => {
        for (const spy of spies) spy.mockRestore();
      };
    }

    it('says so, and goes on with what was known last', async () => {
      await lab.work('w', {}, () => lab.clock.wait(60_000));
      await lab.service.triggerWorker('w');
      await lab.service.pause();
      const reader = join();
      await pass(300);
      await loseLeader();
      await lab.service.updateWorker('w', { description: 'changed' });
      await pass(300);

      expect(reader.response.destroyed).toBe(false);
      expect(reader.datas().at(-1)).toMatchObject({
        orchestrator: { paused: true, running: 1, engineProblem: 'unavailable', fleet: leaderless },
        workers: [{ name: 'w', running: 1 }],
        removed: [],
      });
    });

    it('begins with what there is, and gives the whole picture once somebody answers', async () => {
      await lab.work('w', {});
      await lab.service.triggerWorker('w');
      await lab.clock.advance(0);
      const find = await loseLeader();
      const reader = join();
      await pass(300);
      expect(reader.events()).toEqual(['snapshot']);
      expect(reader.datas()[0]).toMatchObject({
        runs: [],
        orchestrator: { engineProblem: 'unavailable' },
      });
      expect(lab.logger.error).not.toHaveBeenCalled();

      find();
      await pass(5_000);
      expect(reader.datas().at(-1)).toMatchObject({ runs: [{ status: 'succeeded' }] });
    });
  });

  it('keeps nothing for a reader that does not read, and gives it the whole picture when it does', async () => {
    await lab.work('w', {});
    for (let worker = 0; worker < 600; worker++) await lab.work(`worker-${worker}`, {});
    const slow = join(false);
    const quick = join();
    for (let beat = 0; beat < 100; beat++) {
      await lab.service.triggerWorker('w');
      await lab.clock.advance(0);
      await pass(300);
    }
    expect(quick.events().length).toBeGreaterThan(90);
    expect(slow.response.writableLength).toBeLessThan(1_000_000);

    let text = '';
    slow.response.on('data', (part) => (text += String(part)));
    await pass(600);
    const events = [...text.matchAll(/^event: (.*)$/gm)].map(([, event]) => event);
    expect(events).toEqual(['snapshot', 'snapshot']);
    const last = JSON.parse([...text.matchAll(/^data: (.*)$/gm)].at(-1)![1]!);
    expect(last.workers[0].counts.succeeded).toBe(100);
  });

  it('keeps a reader that is slow, but reads', async () => {
    await lab.work('w', {});
    for (let worker = 0; worker < 500; worker++) await lab.work(`worker-${worker}`, {});
    const slow = join(false);
    for (let turn = 0; turn < 12; turn++) {
      await pass(5_000);
      await lab.service.triggerWorker('w');
      await lab.clock.advance(0);
      await pass(5_000);
      expect(slow.response.writableNeedDrain).toBe(true);
      while (slow.response.read() !== null);
    }
    expect(slow.response.destroyed).toBe(false);
  });

  it('gives up a reader that takes nothing for a minute', async () => {
    for (let worker = 0; worker < 500; worker++) await lab.work(`worker-${worker}`, {});
    const dead = join(false);
    await pass(60_000);
    expect(dead.response.destroyed).toBe(false);
    await pass(30_000);
    expect(dead.response.destroyed).toBe(true);
  });

  it('sends a comment now and then, so that nothing between takes it for dead', async () => {
    const reader = join();
    let text = '';
    reader.response.on('data', (part) => (text += String(part)));
    await pass(61_000);
    expect(text.match(/^: heartbeat$/gm)).toHaveLength(4);
  });

  it('lets a reader go after an hour, who then has to be let in anew', async () => {
    const reader = join();
    await pass(59 * 60_000);
    expect(reader.response.writableEnded).toBe(false);
    await pass(2 * 60_000);
    expect(reader.response.writableEnded).toBe(true);
  });

  it('looks at a fleet now and then, whose replicas come and go without an event', async () => {
    const status = await lab.service.getStatus();
    const fleet = { term: 1, leader: 'a', self: 'a', replicas: [] };
    vi.spyOn(lab.service, 'getStatus').mockResolvedValue({ ...status, fleet });
    const timers = vi.getTimerCount();

    const reader = join();
    await pass(300);
    expect(reader.events()).toEqual(['snapshot']);
    await pass(4_000);
    expect(reader.events()).toEqual(['snapshot', 'changes', 'changes']);

    reader.response.destroy();
    await pass(300);
    expect(vi.getTimerCount()).toBe(timers);
  });

  it.each([
    { type: 'leader.elected', replica: 'a', term: 2 },
    { type: 'engine.recovered' },
  ] as const)('gives the whole picture after $type: who knows what was missed', async (event) => {
    const reader = join();
    await pass(300);
    lab.app.get(Orchestration).stream.emit({ ...event, at: new Date() });
    await pass(300);
    expect(reader.events()).toEqual(['snapshot', 'snapshot']);
  });

  it('gives it as well where a leader is elected while it is still waited for an answer', async () => {
    await lab.work('w', {});
    const reader = join();
    await pass(300);
    const real = lab.service.getStatus.bind(lab.service);
    vi.spyOn(lab.service, 'getStatus').mockImplementationOnce(async () => {
      await new Promise((resolve) => setTimeout(resolve, 5_000));
      return real();
    });
    await lab.service.triggerWorker('w');
    await pass(1_000);
    const at = new Date();
    lab.app.get(Orchestration).stream.emit({ type: 'leader.elected', at, replica: 'a', term: 2 });
    await pass(10_000);
    expect(reader.events().slice(0, 3)).toEqual(['snapshot', 'changes', 'snapshot']);
  });

  it('says nothing by itself in one process', async () => {
    const reader = join();
    await pass(10_000);
    expect(reader.events()).toEqual(['snapshot']);
  });

  it('listens to nothing, and keeps no timer, while nobody reads', async () => {
    const timers = vi.getTimerCount();
    const subscribe = vi.spyOn(lab.service.events, 'subscribe');

    const reader = join();
    await pass(300);
    expect(subscribe).toHaveBeenCalledTimes(1);
    expect(vi.getTimerCount()).toBeGreaterThan(timers);
    reader.response.destroy();
    await pass(300);
    expect(vi.getTimerCount()).toBe(timers);
    expect(subscribe.mock.results[0]!.value.closed).toBe(true);
  });

  it('lets everybody go where the answer fails, and goes on for who comes then', async () => {
    const getStatus = vi
      .spyOn(lab.service, 'getStatus')
      .mockRejectedValueOnce(new Error('store is down'));
    const first = join();
    await pass(300);
    expect(first.response.destroyed).toBe(true);
    expect(String(lab.logger.error.mock.calls[0]![0])).toContain('store is down');

    getStatus.mockRestore();
    const second = join();
    await pass(600);
    expect(second.events()).toEqual(['snapshot']);
  });

  it('takes its time where looking at everything takes long', async () => {
    await lab.work('w', {});
    const real = lab.service.getStatus.bind(lab.service);
    vi.spyOn(lab.service, 'getStatus').mockImplementation(async () => {
      await new Promise((resolve) => setTimeout(resolve, 200));
      return real();
    });
    const reader = join();
    for (let ms = 0; ms < 10_000; ms += 50) {
      await lab.service.triggerWorker('w');
      await lab.clock.advance(0);
      await pass(50);
    }
    expect(reader.events().length).toBeLessThanOrEqual(6);
  });

  it('goes on soon after an answer that took long once, as that of a fleet without a leader', async () => {
    await lab.work('w', {});
    const reader = join();
    await pass(300);
    const real = lab.service.getStatus.bind(lab.service);
    vi.spyOn(lab.service, 'getStatus').mockImplementationOnce(async () => {
      await new Promise((resolve) => setTimeout(resolve, 10_000));
      return real();
    });
    await lab.service.triggerWorker('w');
    await pass(10_500);
    const told = reader.events().length;

    await lab.service.triggerWorker('w');
    await pass(2_500);
    expect(reader.events()).toHaveLength(told + 1);
  });
});
