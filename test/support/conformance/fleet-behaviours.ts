import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { LeaseLostError, RunCancelledError, RunTimeoutError } from '../../../lib/core/errors.js';
import {
  Application,
  engineWorker,
  eventually,
  type Body,
  type House,
  type Member,
  type Workers,
} from './application.js';
import { ClockThatIsSet } from './clock-that-is-set.js';
import { latch } from './latch.js';

interface Breakable {
  readonly house: House;
  readonly cutOff: () => void;
  readonly blackhole: () => void;
  /** What is connected now stays silent for ever; whoever connects anew gets through. */
  readonly halfOpen: () => void;
  readonly heal: () => void;
}

interface Fleet {
  readonly house: House;
  /** A house whose connection to the store the test can break, and heal. */
  readonly breakable: () => Promise<Breakable>;
  /** A house whose store the test can empty, which no other test uses. */
  readonly forgetful: () => Promise<{
    readonly house: House;
    readonly forget: () => Promise<void>;
  }>;
  /** From which a running fleet recovers. */
  readonly outages: readonly ('cutOff' | 'blackhole' | 'halfOpen')[];
}

/** What every engine of many replicas does besides. */
export function itBehavesAsFleet({ house, breakable, forgetful, outages }: Fleet): void {
  const application = (): Application => new Application(house);

  describe('Two replicas', () => {
    it('run each due instant once', async () => {
      const due: number[] = [];
      const workers = {
        often: { interval: 50, body: ({ scheduledAt }) => void due.push(scheduledAt.getTime()) },
      } as const satisfies Parameters<Application['replica']>[0];
      const app = application();
      await app.replica(workers);
      await app.replica(workers);

      await eventually(() => {
        expect(due.length).toBeGreaterThan(20);
      });
      expect(new Set(due).size).toBe(due.length);
    });

    it('move no due instant when the wall clock of the leader is set', async () => {
      const late: number[] = [];
      const clock = new ClockThatIsSet();
      const app = application();
      const often = {
        interval: 50,
        body: ({ scheduledAt }) => void late.push(Math.abs(Date.now() - scheduledAt.getTime())),
      } satisfies Workers[string];
      await app.replica({ often }, {}, house, clock);
      await eventually(() => {
        expect(late.length).toBeGreaterThan(3);
      });

      clock.aheadMs = 3_600_000;
      late.length = 0;
      await eventually(() => {
        expect(late.length).toBeGreaterThan(10);
      });
      expect(Math.max(...late)).toBeLessThan(clock.aheadMs / 2);
    });

    it('both trigger runs, and both learn how they end', async () => {
      const app = application();
      const workers = { double: { concurrency: 10, body: double } };
      const members = [await app.replica(workers), await app.replica(workers)];

      const runs = members.flatMap(({ engine }) =>
        [1, 2, 3, 4, 5].map(async (n) => {
          const run = await engine.trigger('double', { payload: { n } });
          return run.ended(undefined);
        }),
      );

      expect(await Promise.all(runs)).toEqual([2, 4, 6, 8, 10, 2, 4, 6, 8, 10]);
    });

    it('hear the same events, in the order of a run’s life', async () => {
      const app = application();
      const workers = { double: { body: double } };
      const [one, other] = [await app.replica(workers), await app.replica(workers)];
      for (const { engine } of [one, other]) {
        await (await engine.trigger('double', { payload: { n: 1 } })).ended(undefined);
      }

      for (const { told } of [one, other]) {
        await eventually(() => {
          expect(told('double')).toEqual([
            ...['due', 'started', 'succeeded'],
            ...['due', 'started', 'succeeded'],
          ]);
        });
      }
    });

    it('know the trace in which either has triggered a run', async () => {
      const app = application();
      const workers = { work: {} };
      const members = [await app.replica(workers), await app.replica(workers)];

      for (const [index, { engine }] of members.entries()) {
        const traceparent = `00-${'a'.repeat(32)}-000000000000000${String(index + 1)}-01`;
        const run = await engine.trigger('work', { traceparent });
        for (const { events } of members) {
          await eventually(() => {
            expect(events).toContainEqual(
              expect.objectContaining({ type: 'run.due', runId: run.id, traceparent }),
            );
          });
        }
      }
    });

    it('obey and see what either is told', async () => {
      const app = application();
      const workers = { work: { interval: '1h', runOnStart: false } } as const;
      const [one, other] = [await app.replica(workers), await app.replica(workers)];

      await other.engine.disable('work', 'by the other');
      expect(await one.engine.worker('work')).toMatchObject({ disabledReason: 'by the other' });
      await one.engine.enable('work');
      expect(await other.engine.worker('work')).toMatchObject({ enabled: true });
      await other.engine.pauseAll();
      expect(await one.engine.status()).toMatchObject({ paused: true });
      await one.engine.resumeAll();
      expect(await other.engine.status()).toMatchObject({ paused: false });
    });

    it('cancel each other’s runs', async () => {
      const app = application();
      const workers = { slow: { body: forever } };
      const [one, other] = [await app.replica(workers), await app.replica(workers)];

      for (const [canceller, owner] of [
        [one, other],
        [other, one],
      ] as const) {
        const run = await owner.engine.trigger('slow', {});
        await canceller.engine.cancel(run.id, { why: 'enough', abandon: false });
        await expect(run.ended(undefined)).rejects.toBeInstanceOf(RunCancelledError);
      }
    });

    it('refuse with the same errors', async () => {
      const app = application();
      const workers = { work: {} };
      const [one, other] = [await app.replica(workers), await app.replica(workers)];
      await one.engine.disable('work', 'for now');

      for (const { engine } of [one, other]) {
        await expect(engine.trigger('work', {})).rejects.toMatchObject({
          code: 'WORKER_DISABLED',
          reason: 'for now',
        });
      }
    });
  });

  describe('Replicas of different versions', () => {
    it('run what any of them has, where it is', async () => {
      const app = application();
      const ran: string[] = [];
      const of = (version: string, ...names: string[]): Workers =>
        Object.fromEntries(
          names.map((name) => [name, { body: () => void ran.push(`${name} ${version}`) }]),
        );
      const one = await app.replica(of('v1', 'old', 'both'));
      const other = await app.replica(of('v2', 'both', 'new'));
      await eventually(async () => {
        expect((await one.engine.status()).workers).toBe(3);
      });

      await (await other.engine.trigger('new', {})).ended(undefined);
      await (await one.engine.trigger('old', {})).ended(undefined);
      expect(ran).toEqual(['new v2', 'old v1']);

      await one.engine.stop();
      await eventually(async () => {
        const { workerStates } = await other.engine.status();
        expect(workerStates.map(({ name }) => name).sort()).toEqual(['both', 'new']);
      });
      expect(other.logged.join('\n')).toContain('No replica has worker "old" any more');
    });

    it('settle on the schedule of the newest, and no instant is due twice', async () => {
      const app = application();
      const due: number[] = [];
      const often = (interval: number): Workers => ({
        often: { interval, body: ({ scheduledAt }) => void due.push(scheduledAt.getTime()) },
      });
      const one = await app.replica(often(50));
      await eventually(() => {
        expect(due.length).toBeGreaterThan(3);
      });
      await app.replica(often(200));
      await eventually(() => {
        expect(one.logged.join('\n')).toContain('declare worker "often" with different schedule');
      });
      const before = due.length;
      await eventually(() => {
        expect(due.length).toBeGreaterThan(before + 6);
      });

      const since = due.slice(before + 2);
      expect(new Set(since.map((at) => (at - since[0]!) % 200))).toEqual(new Set([0]));
      expect(new Set(due).size).toBe(due.length);
    });

    it('run nothing together that one of them keeps apart', async () => {
      const app = application();
      const gate = latch();
      const body = (): Promise<void> => gate.opened;
      const one = await app.replica({ x: { body, blocks: 'y' }, y: {} });
      const other = await app.replica({ x: { body }, y: {} });
      await eventually(() => {
        expect(one.logged.join('\n')).toContain('declare worker "x" with different blocks');
      });

      await other.engine.trigger('x', {});
      const run = await other.engine.trigger('y', {});
      expect(await one.engine.explain('y')).toMatchObject({
        binding: { reason: 'BLOCKED', heldBy: 'x' },
      });
      gate.open();
      await run.ended(undefined);
    });

    it('cancel what waits of a worker that no replica has any more', async () => {
      const app = application();
      const gate = latch();
      const one = await app.replica({ old: { body: () => gate.opened }, both: {} });
      const other = await app.replica({ both: {} });
      const handles = [await one.engine.trigger('old', {}), await one.engine.trigger('old', {})];
      const ends = handles.map(async ({ ended }) => ended(undefined).catch(() => undefined));

      const stopped = one.engine.stop();
      gate.open();
      await stopped;

      await eventually(async () => {
        expect(await other.engine.status()).toMatchObject({ workers: 1, running: 0, waiting: 0 });
      });
      await Promise.all(ends);
    });
  });

  describe('At run time, on a replica that does not lead, a worker', () => {
    it('is registered for all, and unregistered', async () => {
      const app = application();
      const [one, other] = [await app.replica({}), await app.replica({})];
      await other.engine.define([engineWorker('late', { body: double })]);

      const run = await other.engine.trigger('late', { payload: { n: 4 } });
      expect(await run.ended(undefined)).toBe(8);
      expect(await one.engine.worker('late')).toMatchObject({ counts: { succeeded: 1 } });

      await other.engine.remove('late');
      expect(await one.engine.status()).toMatchObject({ workers: 0 });
    });

    it('is changed for all, whoever leads', async () => {
      const app = application();
      const due: number[] = [];
      const body: Body = ({ scheduledAt }) => void due.push(scheduledAt.getTime());
      const rare = { interval: '1h', runOnStart: false, body } as const;
      const [one, other] = [await app.replica({ rare }), await app.replica({ rare })];
      await other.engine.redefine(engineWorker('rare', { interval: 100, body }));
      await eventually(() => {
        expect(due.length).toBeGreaterThan(3);
      });

      await one.engine.stop();
      const before = due.length;
      await eventually(() => {
        expect(due.length).toBeGreaterThan(before + 5);
      });
      expect(new Set(due.map((at) => (at - due[0]!) % 100))).toEqual(new Set([0]));
    });
  });

  describe('What is in force of a worker, each replica knows,', () => {
    it('and what calls have changed, whoever leads', async () => {
      const app = application();
      const workers = { work: { interval: '1h', runOnStart: false } } as const;
      const [one, other] = [await app.replica(workers), await app.replica(workers)];
      const updates = { timeout: '10s' } as const;
      await one.engine.redefine(engineWorker('work', { ...workers.work, ...updates }), updates);

      const expected = { definition: { name: 'work', timeoutMs: 10_000 }, updates };
      expect(await other.engine.inForce('work')).toMatchObject(expected);
      await one.engine.stop();
      await eventually(async () => {
        expect((await other.engine.status()).fleet?.term).toBe(2);
      });
      expect(await other.engine.inForce('work')).toMatchObject(expected);
    });

    it('and it can be triggered where it is unknown', async () => {
      const app = application();
      await app.replica({ work: { body: () => 'done' } });
      const other = await app.replica({});

      const run = await other.engine.trigger('work', {});
      expect(await run.ended(undefined)).toBe('done');
      await expect(other.engine.trigger('unknown', {})).rejects.toMatchObject({
        code: 'UNKNOWN_WORKER',
      });
    });
  });

  it('A result that the store would not take is dropped, and its run has succeeded', async () => {
    const { engine, logged } = await application().replica({
      nul: { body: () => ['a\u0000b'] },
      half: { body: () => ({ text: 'smile \ud83d' }) },
      whole: { body: () => 'smile \ud83d\ude00 \\u0000' },
    });
    const resultOf = async (name: string): Promise<unknown> =>
      (await engine.trigger(name, {})).ended(undefined);

    expect(await resultOf('nul')).toBeUndefined();
    expect(await resultOf('half')).toBeUndefined();
    expect(await resultOf('whole')).toBe('smile \ud83d\ude00 \\u0000');
    expect(logged.filter((line) => line.includes('NUL or half a surrogate pair'))).toHaveLength(2);
  });

  it('An engine that is stopped while it starts again stays stopped', async () => {
    let runs = 0;
    const { engine } = await application().replica({ often: { interval: 50, body: () => ++runs } });
    await engine.stop();

    const starting = engine.start();
    await engine.stop();
    await starting;

    expect((await engine.status()).state).toBe('stopped');
    const before = runs;
    await engine.start();
    await eventually(() => {
      expect(runs).toBeGreaterThan(before);
    });
  });

  it('A run that is not over when its replica stops is known to nobody there any more', async () => {
    const { engine } = await application().replica({ work: { body: () => 'done' } });
    const over = await engine.trigger('work', {});
    await over.ended(undefined);
    const waits = await engine.trigger('work', { delayMs: 60_000 });

    await engine.stop();

    await expect(over.ended(undefined)).resolves.toBe('done');
    await expect(waits.ended(undefined)).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
  });

  describe('A worker of the scope replica', () => {
    const each = { scope: 'replica', interval: 50 } as const;

    it('has a name that no worker of the fleet has, and the other way round', async () => {
      const { engine } = await application().replica({
        here: { scope: 'replica' },
        anywhere: {},
      });
      for (const [name, options] of [
        ['anywhere', { scope: 'replica' }],
        ['here', {}],
      ] as const) {
        await expect(engine.define([engineWorker(name, options)])).rejects.toMatchObject({
          code: 'DUPLICATE_WORKER',
        });
      }
    });

    it('runs on each replica by itself, beside what runs once in all', async () => {
      const app = application();
      const ran: string[] = [];
      const of = (replica: string): Workers => ({
        each: { ...each, body: () => void ran.push(replica) },
        once: { body: () => void ran.push('once') },
      });
      const [one, other] = [await app.replica(of('one')), await app.replica(of('other'))];

      await eventually(() => {
        expect(ran.filter((replica) => replica === 'one').length).toBeGreaterThan(3);
        expect(ran.filter((replica) => replica === 'other').length).toBeGreaterThan(3);
      });
      await (await other.engine.trigger('once', {})).ended(undefined);
      expect(ran.filter((replica) => replica === 'once')).toHaveLength(1);
      for (const { engine } of [one, other]) {
        const { workerStates, workers } = await engine.status();
        expect(workers).toBe(2);
        expect(workerStates.map(({ name, scope }) => [name, scope])).toEqual([
          ['once', undefined],
          ['each', 'replica'],
        ]);
        expect(engine.graph().nodes.map(({ name }) => name)).toEqual(['once', 'each']);
        expect((await engine.runs({ limit: 3 })).length).toBe(3);
      }
    });

    it('is triggered, awaited, cancelled and disabled on the replica where that is called', async () => {
      const app = application();
      const workers = {
        here: { scope: 'replica', body: double },
        slow: { scope: 'replica', body: forever },
      } as const;
      const [one, other] = [await app.replica(workers), await app.replica(workers)];

      const run = await other.engine.trigger('here', { payload: { n: 2 } });
      expect(await run.ended(undefined)).toBe(4);
      expect(await other.engine.run(run.id)).toMatchObject({ status: 'succeeded' });
      const slow = await other.engine.trigger('slow', {});
      expect(await other.engine.cancel(slow.id, { why: 'enough', abandon: false })).toBe(true);
      await expect(slow.ended(undefined)).rejects.toBeInstanceOf(RunCancelledError);
      await other.engine.disable('here', 'for now');
      expect(await other.engine.worker('here')).toMatchObject({ enabled: false });
      expect(await one.engine.worker('here')).toMatchObject({
        enabled: true,
        counts: { started: 0 },
      });
    });

    it('is held with everything else, also where a replica comes later', async () => {
      const app = application();
      let runs = 0;
      const workers = { each: { ...each, body: () => ++runs } };
      const one = await app.replica(workers);
      const other = await app.replica(workers);
      await one.engine.pauseAll();
      for (const { engine } of [one, other]) {
        await eventually(async () => {
          expect(await engine.explain('each')).toMatchObject({ reasons: [{ reason: 'PAUSED' }] });
        });
      }
      const late = await app.replica(workers);

      expect(await late.engine.explain('each')).toMatchObject({ reasons: [{ reason: 'PAUSED' }] });
      expect(late.told('each')).not.toContain('started');
      const before = runs;
      await one.engine.resumeAll();
      await eventually(() => {
        expect(runs).toBeGreaterThan(before + 6);
      });
    });

    it('cannot wait for one of the fleet, nor the other way round', async () => {
      const { engine } = await application().stopped({ once: {}, each: { scope: 'replica' } });

      for (const options of [
        { dependsOn: 'each' },
        { blocks: 'each' },
        { scope: 'replica', dependsOn: 'once' },
      ] as const) {
        await expect(engine.define([engineWorker('new', options)])).rejects.toThrow(
          /name workers of the same scope|once/,
        );
      }
      expect(engine.graph().nodes.map(({ name }) => name)).toEqual(['once', 'each']);
    });

    it('runs nowhere where a replica executes nothing', async () => {
      const app = application();
      const workers = { each };
      const scheduler = await app.replica(workers, { role: 'scheduler' });
      const client = await app.replica(workers, { role: 'client' });

      for (const { engine } of [scheduler, client]) {
        expect(await engine.explain('each')).toMatchObject({
          reasons: [{ reason: 'DRAINING' }],
        });
      }
    });
  });

  describe('The status of a fleet', () => {
    it('names the replicas, who leads, and who executes what, on each of them', async () => {
      const gate = latch();
      const app = application();
      const workers = { slow: { body: () => gate.opened } };
      const [one, other] = [await app.replica(workers), await app.replica(workers)];
      const run = await other.engine.trigger('slow', {});

      for (const { engine } of [one, other]) {
        await eventually(async () => {
          const { fleet } = await engine.status();
          expect(fleet?.replicas).toHaveLength(2);
          expect(fleet?.replicas.filter(({ isLeader }) => isLeader)).toHaveLength(1);
          expect(fleet?.replicas.flatMap(({ running }) => running)).toEqual([
            { runId: run.id, worker: 'slow' },
          ]);
          expect(fleet?.term).toBe(1);
        });
        expect((await engine.run(run.id))?.replica).toEqual(expect.any(String));
      }
      const fleets = await Promise.all(
        [one, other].map(async ({ engine }) => (await engine.status()).fleet),
      );
      expect(fleets.map((fleet) => fleet?.self).sort()).toEqual(
        fleets[0]?.replicas.map(({ id }) => id).sort(),
      );
      gate.open();
      await run.ended(undefined);
    });

    it('tells of a leader that was elected', async () => {
      const app = application();
      const first = await app.replica({});
      const second = await app.replica({});
      await first.engine.stop();

      await eventually(() => {
        expect(second.events).toContainEqual(
          expect.objectContaining({ type: 'leader.elected', term: 2 }),
        );
      });
    });
  });

  describe('A replica of the role', () => {
    it('executor leads nobody, and client executes nothing', async () => {
      const executed: string[] = [];
      const app = application();
      const workers = (name: string): Workers => ({
        work: { body: () => void executed.push(name) },
      });
      const client = await app.replica(workers('client'), { role: 'client' });
      const executor = await app.replica(workers('executor'), { role: 'executor' });
      const scheduler = await app.replica(workers('scheduler'), { role: 'scheduler' });

      for (const { engine } of [client, executor, scheduler]) {
        await (await engine.trigger('work', {})).ended(undefined);
      }

      expect(executed).toEqual(['executor', 'executor', 'executor']);
      const { fleet } = await client.engine.status();
      expect(fleet?.replicas.find(({ isLeader }) => isLeader)).toMatchObject({ role: 'scheduler' });
    });
  });

  it('A fleet that nobody leads says so', async () => {
    const app = application();
    const executor = await app.replica({ work: {} }, { role: 'executor' });
    await eventually(() => {
      expect(executor.logged.join('\n')).toContain('Nobody has led');
    });
    await eventually(() => {
      expect(executor.engine.readiness()).toEqual({
        ...{ state: 'running', engineProblem: 'nobody leads' },
      });
    });

    const scheduler = await app.replica({ work: {} }, { role: 'scheduler' });
    await (await scheduler.engine.trigger('work', {})).ended(undefined);
    await sleep(5_000);
    const lines = [...executor.logged, ...scheduler.logged].filter((line) =>
      line.includes('Nobody'),
    );
    expect(lines).toHaveLength(1);
  });

  it('What is asked while the leader leaves is answered, by the next one', async () => {
    const app = application();
    const work = { body: () => 'done' };
    const leader = await app.replica({ work });
    const [, client] = [
      await app.replica({ work }),
      await app.replica({ work }, { role: 'client' }),
    ];
    const asked: Promise<unknown>[] = [];
    let hasLeft = false;
    const askOn = async (): Promise<void> => {
      while (!hasLeft) {
        const [run] = await Promise.all([
          client.engine.trigger('work', {}),
          client.engine.worker('work'),
        ]);
        asked.push(run.ended(undefined));
      }
    };
    const asking = Promise.all(Array.from({ length: 20 }, () => askOn()));
    await eventually(() => {
      expect(asked.length).toBeGreaterThan(20);
    });
    await leader.engine.stop();
    hasLeft = true;

    await asking;
    expect(new Set(await Promise.all(asked))).toEqual(new Set(['done']));
  });

  it('A run that stops its own replica stops no other', async () => {
    const app = application();
    const members: Member[] = [];
    const stopped: number[] = [];
    const workers = (index: number): Workers => ({
      stopper: {
        maxRetries: 3,
        backoff: { type: 'fixed', delay: 1, jitter: 0 },
        body: async ({ runId }) => {
          stopped.push(index);
          await members[index]?.engine.stop(runId);
        },
      },
    });
    const client = await app.replica(workers(9), { role: 'client' });
    for (let index = 0; index < 3; index++) members.push(await app.replica(workers(index)));

    const run = await client.engine.trigger('stopper', {});
    await expect(run.ended(undefined)).rejects.toMatchObject({ code: 'RUN_CANCELLED' });

    expect(stopped).toHaveLength(1);
    expect(await client.engine.worker('stopper')).toMatchObject({ failures: 0 });
  });

  it('A replica that is stopped while it joins leaves no connection open', async () => {
    const connections = (): number =>
      process.getActiveResourcesInfo().filter((resource) => resource === 'TCPSocketWrap').length;
    const before = connections();
    for (const afterMs of [0, 2, 5, 10, 20, 50, 100]) {
      const member = await application().stopped({ work: {} });
      member.engine.prepare();
      await sleep(afterMs);
      await member.engine.stop();
    }

    await eventually(() => {
      expect(connections()).toBeLessThanOrEqual(before);
    });
  });

  describe('While the store cannot be reached', () => {
    it('the application boots, says so at once, and works as soon as it can', async () => {
      const app = application();
      const { house: fragile, cutOff, heal } = await breakable();
      cutOff();
      const member = await app.replica({ work: { body: () => 'done' } }, {}, fragile);

      expect(await member.engine.status()).toMatchObject({
        state: 'running',
        engineProblem: expect.any(String),
        fleet: { leader: '', replicas: [] },
      });
      expect(member.engine.readiness()).toMatchObject({ engineProblem: expect.any(String) });
      await expect(member.engine.trigger('work', {})).rejects.toMatchObject({
        code: 'ENGINE_UNAVAILABLE',
      });

      heal();

      await eventually(async () => {
        const run = await member.engine.trigger('work', {});
        await expect(run.ended(undefined)).resolves.toBe('done');
      });
      expect(member.events.map(({ type }) => type)).toEqual(
        expect.arrayContaining(['engine.unavailable', 'engine.recovered']),
      );
      expect((await member.engine.status()).engineProblem).toBeUndefined();
      expect(member.engine.readiness()).toEqual({ state: 'running' });
    });

    it('it stops within its bounds', async () => {
      const app = application();
      const { house: fragile, cutOff } = await breakable();
      const member = await app.replica({ work: { interval: 50 } }, {}, fragile);
      cutOff();

      await expect(member.engine.stop()).resolves.toMatchObject({ aborted: [], abandoned: [] });
    });

    it.each(outages)('for a while (%s), it goes on by itself', async (how) => {
      let runs = 0;
      const app = application();
      const broken = await breakable();
      await app.replica({ often: { interval: 50, body: () => ++runs } }, {}, broken.house);
      await eventually(() => {
        expect(runs).toBeGreaterThan(0);
      });

      broken[how]();
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      broken.heal();
      const before = runs;

      await eventually(() => {
        expect(runs).toBeGreaterThan(before + 3);
      });
    });
  });

  it('What runs when a fleet starts does not run again where its only replica leads again', async () => {
    let starts = 0;
    let runs = 0;
    const broken = await breakable();
    const { events } = await application().replica(
      {
        once: { runOnStart: true, body: () => ++starts },
        often: { interval: 50, body: () => ++runs },
      },
      {},
      broken.house,
    );
    await eventually(() => {
      expect(starts).toBe(1);
    });
    broken.cutOff();
    await eventually(() => {
      expect(events.map(({ type }) => type)).toContain('leader.lost');
    });
    broken.heal();
    const before = runs;
    await eventually(() => {
      expect(runs).toBeGreaterThan(before + 3);
    });

    expect(starts).toBe(1);
  });

  it('B55: after its store was emptied, a fleet says so and goes on', async () => {
    const { house: forgetfulHouse, forget } = await forgetful();
    const due: number[] = [];
    const app = new Application(forgetfulHouse);
    const running: string[] = [];
    let overlaps = 0;
    const workers = {
      often: { interval: 50, body: ({ scheduledAt }) => void due.push(scheduledAt.getTime()) },
      // Until its lease is lost, if it is let.
      slow: {
        interval: 50,
        body: async ({ runId, signal }) => {
          overlaps += running.push(runId) - 1;
          await sleep(5_000, undefined, { signal }).catch(() => undefined);
          running.splice(running.indexOf(runId), 1);
        },
      },
      asked: { body: () => 'done' },
    } as const satisfies Workers;
    const members = [await app.replica(workers), await app.replica(workers)];
    await eventually(() => {
      expect(due.length).toBeGreaterThan(3);
      expect(running).toHaveLength(1);
    });
    const [before] = running;

    await forget();

    await eventually(() => {
      const lines = members.flatMap(({ logged }) => logged).join('\n');
      expect(lines).toContain('The store was emptied');
    });
    const dueBefore = due.length;
    await eventually(() => {
      expect(due.length).toBeGreaterThan(dueBefore + 10);
      expect(running).toHaveLength(1);
      expect(running).not.toEqual([before]);
    });
    for (const { engine } of members) {
      await eventually(async () => {
        const run = await engine.trigger('asked', {});
        expect(await run.ended(undefined)).toBe('done');
      });
      expect((await engine.status()).fleet?.term).toBeGreaterThan(1);
    }
    expect(new Set(due).size).toBe(due.length);
    expect(overlaps).toBe(0);
  });

  it('B55: a newcomer to an emptied store joins the others in a later term', async () => {
    const { house: forgetfulHouse, forget } = await forgetful();
    const app = new Application(forgetfulHouse);
    const workers = { asked: { body: () => 'done' } } as const satisfies Workers;
    const first = await app.replica(workers);
    // The newcomer must not begin with a term that was before.
    await first.engine.stop();
    const second = await app.replica(workers);
    const termBefore = (await second.engine.status()).fleet?.term ?? 0;

    await forget();
    const members = [second, await app.replica(workers)];

    for (const { engine } of members) {
      await eventually(async () => {
        const run = await engine.trigger('asked', {});
        expect(await run.ended(undefined)).toBe('done');
        expect((await engine.status()).fleet?.term).toBeGreaterThan(termBefore);
      });
    }
    expect(second.logged.join('\n')).toContain('The store was emptied');
  });

  describe('A new leader', () => {
    it('goes on where the one before has stopped', async () => {
      const due: number[] = [];
      const workers = {
        often: { interval: 50, body: ({ scheduledAt }) => void due.push(scheduledAt.getTime()) },
      } as const satisfies Parameters<Application['replica']>[0];
      const app = application();
      const first = await app.replica(workers);
      await app.replica(workers);
      await eventually(() => {
        expect(due.length).toBeGreaterThan(5);
      });

      await first.engine.stop();
      const before = due.length;

      await eventually(() => {
        expect(due.length).toBeGreaterThan(before + 10);
      });
      expect(new Set(due).size).toBe(due.length);
      expect(new Set(due.map((at) => (at - due[0]!) % 50))).toEqual(new Set([0]));
    });

    it('keeps the runs that wait, and their handles', async () => {
      const gate = latch();
      const app = application();
      const workers = { one: { body: () => gate.opened.then(() => 'done') } };
      const first = await app.replica(workers);
      const second = await app.replica(workers);
      const handles = [
        await second.engine.trigger('one', {}),
        await second.engine.trigger('one', {}),
        await second.engine.trigger('one', {}),
      ];

      void first.engine.stop();
      gate.open();

      for (const handle of handles) await expect(handle.ended(undefined)).resolves.toBe('done');
    });

    it('tells the one before how the runs have ended that it had begun', async () => {
      const gate = latch();
      const app = application();
      const workers = { one: { concurrency: 2, body: () => gate.opened.then(() => 'done') } };
      const { house: fragile, blackhole, heal } = await breakable();
      const first = await app.replica(workers, { role: 'scheduler' }, fragile);
      const second = await app.replica(workers);
      const handles = [
        await first.engine.trigger('one', {}),
        await first.engine.trigger('one', { dedupeKey: 'key' }),
        await first.engine.trigger('one', { dedupeKey: 'key' }),
      ];
      expect(handles[2]?.id).toBe(handles[1]?.id);
      const ends = handles.map((handle) => handle.ended(undefined));

      blackhole();
      await eventually(async () => {
        expect((await second.engine.status()).fleet?.term).toBe(2);
      });
      gate.open();
      await eventually(() => {
        expect(second.told('one').filter((type) => type === 'succeeded')).toHaveLength(2);
      });
      heal();

      expect(await Promise.all(ends)).toEqual(['done', 'done', 'done']);
    });

    it('keeps the runs that wait of a worker that was paused meanwhile', async () => {
      const gate = latch();
      const app = application();
      const workers = { one: { body: () => gate.opened.then(() => 'done') } };
      const first = await app.replica(workers);
      const second = await app.replica(workers);
      const handles = [
        await second.engine.trigger('one', {}),
        await second.engine.trigger('one', {}),
      ];
      await second.engine.pause('one');

      void first.engine.stop();
      gate.open();
      await eventually(async () => {
        expect((await second.engine.status()).fleet?.term).toBe(2);
      });
      await second.engine.resume('one');

      for (const handle of handles) await expect(handle.ended(undefined)).resolves.toBe('done');
      expect(second.told('one').filter((type) => type === 'due')).toHaveLength(2);
    });

    it('keeps to the delay that a run was triggered with', async () => {
      const app = application();
      const workers = { one: {} };
      const { house: fragile, blackhole } = await breakable();
      await app.replica(workers, {}, fragile);
      const second = await app.replica(workers);
      const { id } = await second.engine.trigger('one', { delayMs: 3_600_000 });
      const before = await second.engine.run(id);
      expect(before).toMatchObject({ status: 'waiting' });

      blackhole();
      await eventually(async () => {
        expect((await second.engine.status()).fleet?.term).toBe(2);
      });

      // The lease has run out meanwhile: counted anew, it would be later by more than a second.
      const after = await second.engine.run(id);
      const shiftMs = (after?.scheduledAt.getTime() ?? 0) - (before?.scheduledAt.getTime() ?? 0);
      expect(Math.abs(shiftMs)).toBeLessThan(500);
      expect(await second.engine.worker('one')).toMatchObject({ running: 0, waiting: 1 });
      expect(second.told('one')).toEqual([]);
    });

    it('keeps everything paused until it is resumed', async () => {
      const app = application();
      const workers = { one: {} };
      const first = await app.replica(workers);
      await first.engine.pauseAll();
      await first.engine.stop();

      const second = await app.replica(workers);
      await eventually(async () => {
        expect(await second.engine.status()).toMatchObject({ paused: true, fleet: { term: 2 } });
      });
      const run = await second.engine.trigger('one', {});
      expect(await second.engine.run(run.id)).toMatchObject({ status: 'waiting' });
      await second.engine.resumeAll();
      await run.ended(undefined);

      await second.engine.stop();
      const third = await app.replica(workers);
      expect(await third.engine.status()).toMatchObject({ paused: false });
    });

    it('remembers failures, and who is disabled and why', async () => {
      const app = application();
      const workers = {
        fails: {
          body: () => {
            throw new Error('again');
          },
        },
        off: {},
      };
      const first = await app.replica(workers);
      await (await first.engine.trigger('fails', {})).ended(undefined).catch(() => undefined);
      await first.engine.disable('off', 'by hand');
      await first.engine.stop();

      const second = await app.replica(workers);

      await eventually(async () => {
        expect(await second.engine.worker('fails')).toMatchObject({
          ...{ failures: 1, lastError: { message: 'again' } },
          lastRun: { status: 'failed', endedAt: expect.any(Date) },
        });
      });
      expect(await second.engine.worker('off')).toMatchObject({ disabledReason: 'by hand' });
    });

    it('takes over what was aborted and goes on, but brings no run back that has ended', async () => {
      const gate = latch();
      const app = application();
      const deaf = { timeout: 200, abortGrace: 100, body: () => gate.opened } as const;
      const workers = {
        over: { ...deaf, holdOnTimeout: true },
        again: { ...deaf, maxRetries: 1, backoff: { type: 'fixed', delay: '1h', jitter: 0 } },
      } as const satisfies Workers;
      const first = await app.replica(workers, { role: 'scheduler' });
      const second = await app.replica(workers, { role: 'scheduler' });
      await app.replica(workers, { role: 'executor' });
      const over = await first.engine.trigger('over', {});
      const again = await first.engine.trigger('again', {});
      await expect(over.ended(undefined)).rejects.toBeInstanceOf(RunTimeoutError);
      const expectAsBefore = async (): Promise<void> => {
        const { engine } = second;
        expect(await engine.worker('over')).toMatchObject({
          abandoned: 1,
          running: 1,
          failures: 1,
        });
        expect(await engine.worker('again')).toMatchObject({ abandoned: 1, running: 0 });
        expect(await engine.run(again.id)).toMatchObject({ status: 'backing-off', attempts: 1 });
      };
      await eventually(expectAsBefore);

      await first.engine.stop();
      await eventually(async () => {
        expect((await second.engine.status()).fleet?.term).toBe(2);
      });
      await expectAsBefore();
      const next = await second.engine.trigger('over', {});
      expect(await second.engine.explain('over')).toMatchObject({
        binding: { reason: 'ALREADY_RUNNING' },
      });

      gate.open();
      await next.ended(undefined);
      await eventually(async () => {
        expect(await second.engine.status()).toMatchObject({ abandoned: 0, running: 0 });
      });
      expect(second.told('over').filter((type) => type === 'timed-out')).toHaveLength(1);
    });

    it('replaces one that has vanished, and its runs are lost, counted once and tried again', async () => {
      const app = application();
      const { house: fragile, blackhole } = await breakable();
      const begun = latch();
      const signals: AbortSignal[] = [];
      const slow = {
        maxRetries: 1,
        backoff: { type: 'fixed', delay: 1, jitter: 0 },
      } as const;
      await app.replica(
        {
          slow: {
            ...slow,
            body: (run) => {
              signals.push(run.signal);
              begun.open();
              return forever(run);
            },
          },
        },
        {},
        fragile,
      );
      const survivor = await app.stopped({
        slow: { ...slow, body: ({ attempt }) => `attempt ${String(attempt)}` },
      });
      survivor.engine.prepare();
      const run = await survivor.engine.trigger('slow', {});
      await begun.opened;
      await survivor.engine.start();

      blackhole();

      await expect(run.ended(undefined)).resolves.toBe('attempt 2');
      expect(survivor.told('slow')).toEqual(['due', 'started', 'retrying', 'started', 'succeeded']);
      await eventually(() => {
        expect(signals.map(({ reason }) => reason as unknown)).toEqual([
          expect.any(LeaseLostError),
        ]);
      });
    });
  });
}

function double({ payload }: { readonly payload: unknown }): number {
  return (payload as { n: number }).n * 2;
}

function forever({ signal }: { readonly signal: AbortSignal }): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error);
    });
  });
}
