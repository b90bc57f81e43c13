import { EventEmitter } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { JobPriority } from '../../lib/core/priority.js';
import type { RunImage } from '../../lib/core/run-image.js';
import { CommandDesk } from '../../lib/engine/bullmq/command-desk.js';
import { definitionOf, textOf } from '../../lib/engine/bullmq/declaration.js';
import type { Legacy } from '../../lib/engine/bullmq/legacy.js';
import type {
  Answer,
  AttemptJob,
  Broadcast,
  MemoryJob,
  Message,
  TriggerCommand,
  WorkerMemoryJob,
} from '../../lib/engine/bullmq/messages.js';
import type { StartReach } from '../../lib/engine/engine.js';
import type { OldAttempt } from '../../lib/engine/bullmq/old-attempt.js';
import { Reign } from '../../lib/engine/bullmq/reign.js';
import { RollCall } from '../../lib/engine/bullmq/roll-call.js';
import type { RosterImage } from '../../lib/engine/bullmq/roster.js';
import type { Store } from '../../lib/engine/bullmq/store.js';
import { unpacked } from '../../lib/engine/bullmq/wire.js';
import { Alarms } from '../../lib/execution/alarms.js';
import { VirtualClock } from '../../lib/testing/virtual-clock.js';
import { worker } from '../support/core/scheduler-with.js';
import { deferred, introduction } from './engine-lab.js';

const NOTHING: Legacy = {
  ...{
    snapshots: new Map(),
    memories: new Map(),
    paused: [],
    everything: undefined,
    attempts: [],
    retries: [],
  },
  ...{ triggers: [], answers: new Map(), safekeeping: [], outdated: [] },
};

/** A leader of one worker, whose store the test is. */
async function reign(
  legacy = NOTHING,
  workers = declared('work'),
  reach: StartReach | null = 'everything',
) {
  const clock = new VirtualClock();
  const runs = new Set<string>();
  const ended = new Map<string, { readonly finishedOn: number; readonly returnvalue: unknown }>();
  const memory = new Map<string, WorkerMemoryJob>();
  const rosters: RosterImage[] = [];
  const remembered = new Set<string>();
  const answered: Readonly<Record<string, Answer>>[] = [];
  const events = new EventEmitter();
  const said: Message[] = [];
  const granted: AttemptJob[] = [];
  /** Besides `work`. */
  const knownAtGrants: string[][] = [];
  const lease = { isHeld: true };
  const queue = {
    /** Whether somebody works on the runs. */
    isLocked: false,
    /** Whether it takes no grant, and does not say so. */
    isSilent: false,
    /** Whether it takes grants, and its answers are lost. */
    losesAnswers: false,
    refusesGrants: false,
    /** Whether it takes what is to be remembered. */
    forgetsNothing: true,
    /** What is to be remembered waits for that. */
    writing: Promise.resolve(),
    add: async (name: string, data: MemoryJob, { jobId }: { jobId: string }) => {
      if (name === 'attempt') {
        granted.push(data as unknown as AttemptJob);
        knownAtGrants.push(
          Object.keys(rosters.at(-1)?.declared ?? {}).filter((known) => known !== 'work'),
        );
        if (queue.isSilent) await new Promise(() => undefined);
        if (queue.refusesGrants) throw new Error('the connection is closed');
        runs.add(jobId);
        if (queue.losesAnswers) throw new Error('the connection is lost');
      }
      const keep = async (kept: MemoryJob): Promise<void> => {
        await queue.writing;
        if (!queue.forgetsNothing) throw new Error('the connection is closed');
        if ('memory' in kept) memory.set(kept.memory.worker, kept);
        if ('roster' in kept) {
          rosters.push(kept.roster);
          answered.push(kept.unanswered);
        }
      };
      // One that is there already stays as it is.
      if (!remembered.has(jobId)) await keep(data);
      remembered.add(jobId);
      return {
        updateData: keep,
        remove: async () => {
          remembered.delete(jobId);
          if ('memory' in data) memory.delete(data.memory.worker);
        },
      };
    },
    getJobState: async (id: string) => {
      if (ended.has(id)) return 'completed';
      return runs.has(id) ? 'waiting' : 'unknown';
    },
    getJob: async (id: string) => (runs.has(id) ? { finishedOn: undefined } : ended.get(id)),
    remove: async (id: string) => {
      if (queue.isLocked) throw new Error(`job ${id} is locked`);
      // Redis says so of what is not there, too.
      runs.delete(id);
      return 1;
    },
    getRanges: async () => [...runs],
    clean: async () => [],
  };
  const store = {
    queue: () => queue,
    events: () => Object.assign(events, { close: async () => undefined }),
    producer: () => ({
      publishEvent: async ({ broadcast }: { broadcast: string }) => {
        said.push(...(unpacked(broadcast) as Broadcast).messages);
      },
    }),
  };
  const leader = new Reign({
    host: {
      settings: {
        ...{ maxConcurrentWorkers: 10, groups: new Map(), agingStepMs: 30_000, history: 10 },
        ...{ tickIntervalMs: 0, shutdownTimeoutMs: 1_000 },
      },
      clock,
      logger: { log: () => undefined, warn: () => undefined, error: () => undefined },
      onEvent: () => undefined,
    },
    ...{ store: store as unknown as Store, alarms: new Alarms(clock), term: 1, replica: 'a' },
    ...{ leaseMs: 6_000, patienceMs: 6_000, isHeld: () => lease.isHeld, wallOffset: () => 0 },
    ...{ mostBehindMs: () => 0, hearOwn: () => undefined, hasFollowed: false },
  });
  await leader.inherit(legacy, introduction('a', workers), reach ?? undefined, async () => false);
  leader.begin();
  const trigger = () => leader.act((now) => leader.scheduler.trigger('work', {}, now));
  const aborts = () => saidOf('abort');
  return {
    ...{ leader, clock, lease, queue, runs, ended, memory, rosters, answered, events, granted },
    ...{ trigger, aborts, saidOf, knownAtGrants },
  };

  function saidOf(type: Message['type']): Message[] {
    return said.filter((message) => message.type === type);
  }
}

/** The same, of a run that is granted. */
async function reignWithRun() {
  const begun = await reign();
  const runId = begun.trigger();
  await begun.clock.advance(10);
  const [jobId = ''] = begun.runs;
  return { ...begun, runId, jobId };
}

/** Serves the commands that come to it; told how runs had ended before. */
function served(...given: Parameters<typeof openDesk>) {
  return openDesk(...given).serve;
}

function openDesk(leader: Reign, clock: VirtualClock, ended = new Map<string, Answer>()) {
  let serve: (job: unknown) => Promise<Answer> = () => Promise.reject(new Error());
  const store = {
    worker: (_name: string, process: typeof serve) => {
      serve = process;
      return Object.assign(new EventEmitter(), {
        ...{ pause: async () => undefined, close: async () => undefined },
      });
    },
  } as unknown as Store;
  const desk = new CommandDesk(leader, new RollCall('a', clock, 1), store, 6_000, ended);
  desk.open();
  const joined: unknown[] = [];
  const updateProgress = async (progress: unknown) => void joined.push(progress);
  return { desk, joined, serve: (job: object) => serve({ updateProgress, progress: 0, ...job }) };
}

function declared(...names: string[]) {
  return Object.fromEntries(
    names.map((name) => [name, { text: textOf(worker(name, { holdOnTimeout: true })), at: 0 }]),
  );
}

describe('A leader that aborts an attempt', () => {
  it('says so until it is known to have been heard', async () => {
    const { leader, clock, queue, events, runId, jobId, aborts } = await reignWithRun();
    queue.isLocked = true;
    leader.act((now) => leader.scheduler.cancel(runId, 'enough', now));
    await clock.advance(10);
    expect(aborts()).toEqual([{ type: 'abort', jobId, why: 'enough' }]);

    await clock.advance('3s');
    expect(aborts().length).toBeGreaterThan(2);

    const aborted = { status: 'cancelled', why: 'enough' } as const;
    events.emit('progress', { jobId, data: { aborted, isAbandoned: false } });
    const before = aborts().length;
    await clock.advance('3s');
    expect(aborts()).toHaveLength(before);
    await leader.stop();
  });

  it('has it not begin, where the store takes it only after that', async () => {
    const { leader, clock, queue, granted, trigger } = await reign();
    queue.refusesGrants = true;
    const runId = trigger();
    await clock.advance(10);
    leader.act((now) => leader.scheduler.cancel(runId, 'enough', now));
    await vi.waitFor(() => expect(granted).toHaveLength(2), 15_000);

    expect(granted.map(({ calledOff }) => calledOff)).toEqual([undefined, 'enough']);
    await leader.stop();
  });

  it('takes it back where nobody works on it, though somebody did at first', async () => {
    const { leader, clock, queue, runs, runId } = await reignWithRun();
    queue.isLocked = true;
    leader.act((now) => leader.scheduler.cancel(runId, 'enough', now));
    await clock.advance(10);
    queue.isLocked = false;
    await clock.advance('1s');

    expect(runs.size).toBe(0);
    expect(leader.scheduler.viewWorker('work', clock.now())).toMatchObject({ running: 0 });
    await leader.stop();
  });
});

describe('What was granted, though the store’s answer was lost', () => {
  it('is no less at work when it is aborted', async () => {
    const { leader, clock, queue, trigger, aborts } = await reign();
    queue.losesAnswers = true;
    queue.isLocked = true;
    const runId = trigger();
    await clock.advance(10);
    leader.cancel(runId, 'enough', false);
    await clock.advance(10);

    expect(aborts()).toHaveLength(1);
    expect(leader.scheduler.status(clock.now())).toMatchObject({ running: 1 });
    await leader.stop();
  });
});

describe('What a leader remembers of a run', () => {
  it('that is cancelled before the store has its grant is not that it must be granted anew', async () => {
    const { leader, memory, trigger } = await reign();
    const runId = trigger();
    leader.cancel(runId, 'enough', false);
    await leader.remember();

    expect(memory.get('work')?.retries).toEqual([]);
    await leader.stop();
  });

  it('is that it must be granted anew, where the store does not have its grant', async () => {
    const { leader, queue, memory, trigger } = await reign();
    queue.isSilent = true;
    const runId = trigger();
    await leader.remember();

    expect(memory.get('work')?.retries).toMatchObject([{ id: runId, attempts: 0 }]);
    await leader.stop();
  });

  it('is that its place was freed by hand', async () => {
    const { leader, memory, clock, events, runId, jobId } = await reignWithRun();
    const aborted = { status: 'cancelled', why: 'enough' } as const;
    events.emit('progress', { jobId, data: { aborted, isAbandoned: true } });
    await clock.advance('1s');
    expect(memory.get('work')?.attempts).toMatchObject([{ phase: 'abandoned', holdsPlace: true }]);

    leader.cancel(runId, 'by hand', true);
    await leader.remember();
    expect(memory.get('work')?.attempts).toMatchObject([{ phase: 'abandoned', holdsPlace: false }]);
    await leader.stop();
  });
});

describe('What a leader remembers of a trigger that is cancelled before it starts', () => {
  it('is that, before whoever cancels it is told so', async () => {
    const { leader, clock, answered } = await reign();
    const { serve, desk } = openDesk(leader, clock);
    leader.act((now) => leader.scheduler.pauseAll(now));
    const data = { type: 'trigger', worker: 'work', request: {}, at: 0 };
    void serve({ id: 'waiting', data });
    await clock.advance('1s');
    await desk.obey({ type: 'cancel', runId: 'waiting', why: 'enough', abandon: false });

    expect(answered.at(-1)).toMatchObject({ waiting: { error: { code: 'RUN_CANCELLED' } } });
    await leader.stop();
  });
});

describe('What is granted of a worker that no replica has any more', () => {
  it('is taken back, though whoever puts it back holds it just then', async () => {
    const { leader, clock, queue, runs, runId } = await reignWithRun();
    queue.isLocked = true;
    await leader.workforceChanges.introduce(introduction('a', {}));
    await clock.advance(10);
    expect(leader.scheduler.viewRun(runId)).toMatchObject({ status: 'running' });

    queue.isLocked = false;
    await clock.advance('1s');
    expect(runs.size).toBe(0);
    expect(leader.scheduler.status(clock.now())).toMatchObject({ running: 0 });
    await leader.stop();
  });

  it('has ended as it has, though nobody has heard of that yet', async () => {
    const { leader, clock, queue, runs, ended, runId, jobId } = await reignWithRun();
    const result = leader.endings.of(runId).wait();
    queue.isLocked = true;
    await leader.workforceChanges.introduce(introduction('a', {}));
    await clock.advance(10);
    queue.isLocked = false;
    runs.delete(jobId);
    const returnvalue = { outcome: { status: 'succeeded' }, value: 42 };
    ended.set(jobId, { finishedOn: 1, returnvalue });
    await clock.advance('1s');

    expect(await result).toBe(42);
    await leader.stop();
  });

  it('is left alone once some replica has it again', async () => {
    const { leader, clock, queue, runs, runId } = await reignWithRun();
    queue.isLocked = true;
    await leader.workforceChanges.introduce(introduction('a', {}));
    await clock.advance(10);
    await leader.workforceChanges.introduce(introduction('b', declared('work')));
    queue.isLocked = false;
    await clock.advance('1s');

    expect(runs.size).toBe(1);
    expect(leader.scheduler.viewRun(runId)).toMatchObject({ status: 'running' });
    await leader.stop();
  });
});

describe('Which workers a replica has', () => {
  it('is remembered before it is told that they are known', async () => {
    const { leader, clock, rosters } = await reign();
    const { desk } = openDesk(leader, clock);
    await desk.obey({ type: 'introduce', ...introduction('b', declared('new')) });

    expect(rosters.at(-1)?.declared).toHaveProperty('new');
    await leader.stop();
  });

  const DUE = { new: { text: textOf(worker('new', { interval: '1m' })), at: 0 } };

  it.each([
    ['that it has just told of', declared('work'), DUE],
    ['that the one has which takes over', DUE, {}],
  ])('is remembered before anything is granted of those %s', async (_, first, then) => {
    const { leader, knownAtGrants } = await reign(NOTHING, first);
    await leader.workforceChanges.introduce(introduction('b', then));
    await new Promise(setImmediate);

    expect(knownAtGrants).toEqual([['new']]);
    await leader.stop();
  });

  it('is remembered before anything is granted, though another tells of its own meanwhile', async () => {
    const { leader, queue, knownAtGrants } = await reign();
    const [first, second] = [deferred(), deferred()];
    queue.writing = first.promise;
    const told = leader.workforceChanges.introduce(introduction('b', declared('other')));
    await new Promise(setImmediate);
    queue.writing = second.promise;
    const toldMeanwhile = leader.workforceChanges.introduce(introduction('c', DUE));
    first.resolve();
    await new Promise(setImmediate);
    expect(knownAtGrants).toEqual([]);

    second.resolve();
    await Promise.all([told, toldMeanwhile]);
    await new Promise(setImmediate);

    expect(knownAtGrants).toEqual([['other', 'new']]);
    await leader.stop();
  });

  it('is remembered together with what others tell at once', async () => {
    const { leader, rosters } = await reign();
    const before = rosters.length;
    const replicas = ['b', 'c', 'd', 'e'];
    await Promise.all(
      replicas.map((each) => leader.workforceChanges.introduce(introduction(each, declared(each)))),
    );

    expect(rosters.length - before).toBe(2);
    expect(leader.scheduler.definitions().map(({ name }) => name)).toEqual(['work', ...replicas]);
    await leader.stop();
  });

  it('is asked for where a replica shows that it has other workers than it has told of', async () => {
    const { leader, saidOf } = await reign();
    const told = introduction('b', declared('work'));
    leader.meet(told);
    await vi.waitFor(() => expect(saidOf('introduce')).toHaveLength(1));

    await leader.workforceChanges.introduce(told);
    leader.meet(told);
    leader.meet({ ...told, revision: told.revision + 1 });
    await vi.waitFor(() => expect(saidOf('introduce')).toHaveLength(2));

    expect(saidOf('introduce')).toEqual(Array(2).fill({ type: 'introduce', replica: 'b' }));
    await leader.stop();
  });

  it('is not refused once it is made together with others, though nothing is decided here just then', async () => {
    const { leader, lease, queue } = await reign();
    const [first, second] = [deferred(), deferred()];
    queue.writing = first.promise;
    const told = ['b', 'c'].map((each) =>
      leader.workforceChanges.introduce(introduction(each, declared(each))),
    );
    await new Promise(setImmediate);
    queue.writing = second.promise;
    first.resolve();
    await new Promise(setImmediate);
    lease.isHeld = false;
    second.resolve();

    await expect(Promise.all(told)).resolves.toHaveLength(2);
    await leader.stop();
  });

  it('is not followed later where it was told that nothing is decided here', async () => {
    const { leader, lease } = await reign();
    lease.isHeld = false;
    const refused = leader.workforceChanges.introduce(introduction('b', declared('refused')));
    await expect(refused).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
    lease.isHeld = true;
    await leader.workforceChanges.introduce(introduction('c', declared('heard')));

    expect(leader.scheduler.definitions().map(({ name }) => name)).toEqual(['work', 'heard']);
    await leader.stop();
  });

  it('is followed once it can be remembered', async () => {
    const { leader, clock, queue, knownAtGrants } = await reign();
    queue.forgetsNothing = false;
    await expect(leader.workforceChanges.introduce(introduction('b', DUE))).rejects.toThrow(
      'the connection is closed',
    );
    queue.forgetsNothing = true;
    // Others may have spoken meanwhile: nobody counts as gone yet.
    await clock.advance(2_000);
    leader.workforceChanges.review(new Set(['a', 'b', 'stranger']));
    await new Promise(setImmediate);

    expect(knownAtGrants).toEqual([['new']]);
    await leader.stop();
  });
});

describe('Where replicas come to have other workers', () => {
  const workers = (...definitions: ReturnType<typeof worker>[]) =>
    Object.fromEntries(
      definitions.map((definition) => [definition.name, { text: textOf(definition), at: 0 }]),
    );

  it('those that none has any more are gone, whichever refers to which', async () => {
    const { leader } = await reign();
    const related = workers(
      worker('a'),
      worker('b', { dependsOn: 'a' }),
      worker('c', { blocks: 'b' }),
    );
    await leader.workforceChanges.introduce(introduction('a', related));
    expect(leader.scheduler.definitions()).toHaveLength(3);

    await leader.workforceChanges.introduce(introduction('a', {}));
    expect(leader.scheduler.definitions()).toEqual([]);
    await leader.stop();
  });

  it('what begins as its worker goes is cancelled, and takes no place', async () => {
    const { leader, clock } = await reign();
    await leader.workforceChanges.introduce(
      introduction('a', workers(worker('busy', { blocks: 'waiting' }), worker('waiting'))),
    );
    leader.act((now) => leader.scheduler.trigger('busy', {}, now));
    const runId = leader.act((now) => leader.scheduler.trigger('waiting', {}, now));
    const ending = leader.endings.of(runId).wait();

    await leader.workforceChanges.introduce(introduction('a', workers(worker('busy'))));

    await expect(ending).rejects.toMatchObject({ code: 'RUN_CANCELLED' });
    expect(leader.scheduler.status(clock.now())).toMatchObject({ running: 1 });
    await leader.stop();
  });

  it('one that does not fit keeps no other away', async () => {
    const { leader } = await reign(
      NOTHING,
      workers(
        worker('x', { dependsOn: 'unknown' }),
        worker('fine', { dependsOn: 'other' }),
        worker('other', { blocks: 'fine' }),
      ),
    );
    expect(leader.scheduler.definitions().map(({ name }) => name)).toEqual(['fine', 'other']);
    await leader.stop();
  });

  it('a dependency may be turned round', async () => {
    const { leader } = await reign();
    await leader.workforceChanges.introduce(
      introduction('a', workers(worker('a'), worker('b', { dependsOn: 'a' }))),
    );
    await leader.workforceChanges.introduce(
      introduction('a', workers(worker('a', { dependsOn: 'b' }), worker('b'))),
    );

    expect(
      leader.scheduler.definitions().map(({ name, dependsOn }) => [name, dependsOn.length]),
    ).toEqual([
      ['a', 1],
      ['b', 0],
    ]);
    await leader.stop();
  });

  it('what is known of one that none has outlasts the leaders, but for what waited of it', async () => {
    const disabled = { by: 'operator', reason: 'by hand', at: 1 } as const;
    const known: WorkerMemoryJob = {
      ...{ term: 1, token: 1, isPaused: true, attempts: [], retries: [] },
      memory: { worker: 'gone', schedule: '', consecutiveFailures: 3, disabled },
    };
    const { leader, memory } = await reign({
      ...NOTHING,
      snapshots: new Map([['gone', known]]),
      memories: new Map([['gone', known.memory]]),
    });

    expect(memory.get('gone')).toEqual(known);
    await leader.stop();
  });

  it('is what was claimed of it since, too; what waited of it is gone, though it was kept at first', async () => {
    const run: RunImage = {
      ...({ id: 'r', worker: 'gone', origin: 'trigger', priority: JobPriority.NORMAL } as const),
      ...{ scheduledAt: 0, dueAt: 0, attempts: 0, missedCount: 0 },
    };
    const known: WorkerMemoryJob = {
      ...{ term: 0, token: 1, isPaused: false, attempts: [], retries: [run] },
      memory: { worker: 'gone', schedule: '', consecutiveFailures: 0 },
    };
    const claimed = { ...known.memory, claimedThrough: 2_000 };
    const { leader, memory } = await reign({
      ...NOTHING,
      snapshots: new Map([['gone', known]]),
      memories: new Map([['gone', claimed]]),
      safekeeping: [known],
    });

    expect(memory.get('gone')).toEqual({ ...known, term: 1, memory: claimed, retries: [] });
    await leader.stop();
  });
});

describe('A run that was accepted before a leader takes over', () => {
  it('goes before what depends on its worker, and falls due meanwhile', async () => {
    const memory = { worker: 'work', schedule: '', consecutiveFailures: 0 };
    const command = { type: 'trigger', worker: 'work', request: {}, at: -1_000 } as const;
    const { leader } = await reign(
      {
        ...NOTHING,
        memories: new Map([['work', { ...memory, lastEndStatus: 'succeeded' }]]),
        triggers: [{ id: 'accepted', runId: 'accepted', command, wasAccepted: true }],
      },
      {
        ...declared('work'),
        later: { text: textOf(worker('later', { interval: '1m', dependsOn: 'work' })), at: 0 },
      },
    );
    const statuses = leader.scheduler.viewRuns({}).map((run) => [run.worker, run.status]);
    expect(Object.fromEntries(statuses)).toEqual({ work: 'running', later: 'waiting' });
    await leader.stop();
  });
});

describe('What is known of a worker that does not fit', () => {
  it('outlasts a leader that cannot employ it, with what waits of it', async () => {
    const disabled = { by: 'operator', reason: 'by hand', at: 1 } as const;
    const run: RunImage = {
      ...({ id: 'r', worker: 'x', origin: 'trigger', priority: JobPriority.NORMAL } as const),
      ...{ scheduledAt: 0, dueAt: 0, attempts: 0, missedCount: 0 },
    };
    const known: WorkerMemoryJob = {
      ...{ term: 0, token: 1, isPaused: true, attempts: [], retries: [run] },
      memory: { worker: 'x', schedule: '', consecutiveFailures: 3, disabled },
    };
    const { leader, memory } = await reign(
      {
        ...NOTHING,
        snapshots: new Map([['x', known]]),
        memories: new Map([['x', known.memory]]),
      },
      { x: { text: textOf(worker('x', { dependsOn: 'unknown' })), at: 0 } },
    );

    expect(memory.get('x')).toEqual({ ...known, term: 1 });
    await leader.stop();
  });

  it('outlasts it with what waited, though that may have been begun meanwhile', async () => {
    const run: RunImage = {
      ...({ id: 'r', worker: 'x', origin: 'trigger', priority: JobPriority.NORMAL } as const),
      ...{ scheduledAt: 0, dueAt: 0, attempts: 0, missedCount: 0 },
    };
    const known: WorkerMemoryJob = {
      ...{ term: 0, token: 1, isPaused: false, attempts: [], retries: [] },
      memory: { worker: 'x', schedule: '', consecutiveFailures: 0 },
    };
    const { leader, memory } = await reign(
      {
        ...NOTHING,
        snapshots: new Map([['x', known]]),
        memories: new Map([['x', known.memory]]),
        safekeeping: [{ ...known, retries: [run] }],
        attempts: [{ stands: 'waiting', data: { run, order: { runId: 'r' } } } as OldAttempt],
      },
      { x: { text: textOf(worker('x', { dependsOn: 'unknown' })), at: 0 } },
    );

    expect(memory.get('x')?.retries).toEqual([run]);
    await leader.stop();
  });
});

describe('Versions of a worker that do not fit together', () => {
  it('are taken over with the dependencies of the newest, with all else that keeps apart, and with what waits', async () => {
    const run: RunImage = {
      ...({ id: 'r', worker: 'a', origin: 'trigger', priority: JobPriority.NORMAL } as const),
      ...{ scheduledAt: 0, dueAt: 0, attempts: 1, missedCount: 0 },
    };
    const former = {
      a: textOf(worker('a')),
      b: textOf(worker('b', { dependsOn: 'a', blocks: 'c' })),
      c: textOf(worker('c', { dependsOn: 'a' })),
    };
    const { leader } = await reign(
      {
        ...NOTHING,
        everything: {
          ...{ term: 0, isEverythingPaused: false, unanswered: {} },
          roster: { declared: former, updates: {} },
        },
        retries: [run],
      },
      {
        a: { text: textOf(worker('a', { dependsOn: 'b' })), at: 1 },
        b: { text: textOf(worker('b')), at: 1 },
        c: { text: textOf(worker('c')), at: 1 },
      },
    );

    expect(leader.scheduler.graph().edges).toEqual([
      expect.objectContaining({ kind: 'dependency', from: 'b', to: 'a' }),
      expect.objectContaining({ kind: 'dependency', from: 'a', to: 'c' }),
      expect.objectContaining({ kind: 'conflict' }),
    ]);
    expect(leader.scheduler.viewRun('r')).toMatchObject({ status: 'waiting' });
    await leader.stop();
  });
});

describe('What a leader hears while its lease is renewed late', () => {
  const returnvalue = { outcome: { status: 'succeeded' } };

  it('of an end is looked up once it leads again', async () => {
    const { leader, clock, lease, runs, ended, events, runId, jobId } = await reignWithRun();
    lease.isHeld = false;
    runs.delete(jobId);
    ended.set(jobId, { finishedOn: 1, returnvalue });
    events.emit('completed', { jobId, returnvalue });
    lease.isHeld = true;
    await clock.advance('1s');

    expect(leader.scheduler.viewRun(runId)).toMatchObject({ status: 'succeeded' });
    await leader.stop();
  });

  it('of what it was taking back frees its place, once nobody can be at work on it', async () => {
    const { leader, clock, lease, runs, runId } = await reignWithRun();
    leader.cancel(runId, 'enough', false);
    lease.isHeld = false;
    await clock.advance(10);
    expect(runs.size).toBe(0);
    lease.isHeld = true;
    await clock.advance('10s');

    expect(leader.scheduler.status(clock.now())).toMatchObject({ running: 0 });
    await leader.stop();
  });
});

describe('A leader whose lease ends just when something comes', () => {
  it('decides upon it, or does not, by one look at its lease', async () => {
    const { leader, lease } = await reign();
    const looks = [true, false, false];
    Object.defineProperty(lease, 'isHeld', { get: () => looks.shift() ?? false });
    const decided = vi.fn();
    leader.attempt(decided);
    leader.attempt(decided);

    expect(decided).toHaveBeenCalledOnce();
    await leader.stop();
  });
});

describe('A leader whose lease is renewed late', () => {
  it('lets its application boot all the same, and starts once it hears of itself', async () => {
    const { leader, lease } = await reign(NOTHING, declared('work'), null);
    lease.isHeld = false;
    leader.start('everything');
    lease.isHeld = true;
    expect(leader.scheduler.phase).toBe('starting');

    leader.start('everything');
    expect(leader.scheduler.phase).toBe('running');
    await leader.stop();
  });

  it('takes nothing back meanwhile: another may lead, and have found it', async () => {
    const { leader, clock, lease, queue, runs, runId } = await reignWithRun();
    queue.isLocked = true;
    leader.cancel(runId, 'enough', false);
    await clock.advance(10);
    lease.isHeld = false;
    queue.isLocked = false;
    await clock.advance('3s');
    expect(runs.size).toBe(1);

    lease.isHeld = true;
    await clock.advance('3s');
    expect(runs.size).toBe(0);
    await leader.stop();
  });
});

describe('A leader that is deaf for a while', () => {
  const others = { ...declared('work'), special: { text: textOf(worker('special')), at: 0 } };
  const both = new Set(['a', 'b']);

  it('takes nobody for gone before it has listened anew', async () => {
    const { leader, clock } = await reign();
    await leader.workforceChanges.introduce(introduction('b', others));
    for (let seconds = 0; seconds < 20; seconds += 2) {
      await clock.advance('2s');
      leader.workforceChanges.review(both);
    }
    await clock.advance('7s');
    // What was said meanwhile comes one after the other.
    leader.workforceChanges.review(new Set(['a']));
    leader.workforceChanges.review(both);
    expect(leader.scheduler.definitions()).toHaveLength(2);

    for (let seconds = 0; seconds < 14; seconds += 2) {
      await clock.advance('2s');
      leader.workforceChanges.review(new Set(['a']));
    }
    expect(leader.scheduler.definitions().map(({ name }) => name)).toEqual(['work']);
    await leader.stop();
  });

  it('goes by what the former leader knew until all that are there have told what they have', async () => {
    const { leader, clock } = await reign({
      ...NOTHING,
      everything: {
        ...{ term: 0, isEverythingPaused: false, unanswered: {} },
        roster: { declared: { special: others.special.text }, updates: {} },
      },
    });
    const listen = async (): Promise<void> => {
      for (let seconds = 0; seconds < 14; seconds += 2) {
        await clock.advance('2s');
        leader.workforceChanges.review(both);
      }
    };
    await listen();
    expect(leader.scheduler.definitions()).toHaveLength(2);

    await leader.workforceChanges.introduce(introduction('b', declared('work')));
    await listen();
    expect(leader.scheduler.definitions().map(({ name }) => name)).toEqual(['work']);
    await leader.stop();
  });
});

describe('A worker in a group that the next leader knows no limit of', () => {
  it('is employed all the same, with what was accepted of it', async () => {
    const memory = { worker: 'w', schedule: '', consecutiveFailures: 0 };
    const command = { type: 'trigger', worker: 'w', request: {}, at: 0 } as const;
    const { leader } = await reign(
      {
        ...NOTHING,
        memories: new Map([['w', memory]]),
        everything: {
          ...{ term: 0, isEverythingPaused: false, unanswered: {} },
          roster: { declared: { w: textOf(worker('w', { groups: ['db'] })) }, updates: {} },
        },
        triggers: [{ id: 'accepted', runId: 'accepted', command, wasAccepted: true }],
      },
      { w: { text: textOf(worker('w')), at: 5 } },
    );

    expect(leader.scheduler.viewRun('accepted')).toMatchObject({ status: 'running' });
    // Of the replicas that know it, it is said as it is.
    expect(definitionOf(leader.inForce('w').text).groups).toEqual(['db']);
    await leader.stop();
  });
});

describe('Of workers that come and go', () => {
  it('the latest thousand are remembered', async () => {
    const { leader, clock, memory } = await reign();
    for (let n = 0; n < 1_200; n++) {
      await leader.workforceChanges.introduce(
        introduction('a', declared('work', `upload-${String(n)}`)),
      );
      if (n % 100 === 0) await clock.advance('1s');
    }
    await leader.workforceChanges.introduce(introduction('a', declared('work')));
    await clock.advance('1s');

    // Of those that were written.
    const names = [...memory.keys()];
    expect(names).not.toContain('upload-100');
    expect(names).toContain('upload-1100');
    await leader.stop();
  });
});

describe('Of a trigger', () => {
  it('replicas hear that it is accepted and answered, but for the one that leads and asks itself', async () => {
    const { leader, clock, events, runs, saidOf } = await reign();
    const jobs = new EventEmitter();
    let serve: (job: unknown) => Promise<unknown> = () => Promise.resolve();
    const store = {
      worker: (_name: string, process: typeof serve) => {
        serve = process;
        return jobs;
      },
    } as unknown as Store;
    const desk = new CommandDesk(leader, new RollCall('a', clock, 1), store, 6_000, new Map());
    desk.open();
    const command = { type: 'trigger', worker: 'work', request: {}, at: 0 } as const;

    desk.triggerHere('c1', command);
    for (const id of ['c1', 'c2']) {
      const answered = serve({ id, data: command, progress: 0 });
      await clock.advance('1s');
      const jobId = [...runs].find((each) => each.startsWith(id));
      events.emit('completed', { jobId, returnvalue: { outcome: { status: 'succeeded' } } });
      await answered;
      jobs.emit('completed', { id });
      await clock.advance('1s');
    }

    expect([...saidOf('accepted'), ...saidOf('answered')]).toEqual([
      { type: 'accepted', command: 'c2', runId: 'c2' },
      { type: 'answered', command: 'c2' },
    ]);
    await leader.stop();
  });
});

describe('A trigger that the store did not take', () => {
  const data = { type: 'trigger', worker: 'work', request: { dedupeKey: 'key' }, at: 0 } as const;

  it('does not go on where the lease is renewed late meanwhile', async () => {
    const { leader, clock, lease } = await reign();
    const { desk } = openDesk(leader, clock);
    leader.act((now) => leader.scheduler.pauseAll(now));
    desk.triggerHere('revoked', data);
    lease.isHeld = false;
    desk.revoke('revoked');
    expect(leader.scheduler.viewRun('revoked')).toMatchObject({ status: 'waiting' });

    lease.isHeld = true;
    leader.act((now) => leader.scheduler.resumeAll(now));
    expect(leader.scheduler.viewRun('revoked')).toMatchObject({ status: 'cancelled' });
    await leader.stop();
  });

  it('goes on where another has become its run meanwhile, whose end it is asked for', async () => {
    const { leader, clock, events, runs } = await reign();
    const { desk, serve } = openDesk(leader, clock);
    leader.act((now) => leader.scheduler.pauseAll(now));
    desk.triggerHere('first', data);
    void serve({ id: 'second', data });
    await clock.advance(10);
    desk.revoke('first');
    const answer = serve({ id: 'first', data: { ...data, isAccepted: true } });
    leader.act((now) => leader.scheduler.resumeAll(now));
    await clock.advance(10);
    const [jobId] = runs;
    const returnvalue = { outcome: { status: 'succeeded' }, value: 'done' };
    events.emit('completed', { jobId, returnvalue });

    expect(await answer).toEqual({ value: 'done' });
    await leader.stop();
  });

  it('does not begin anew once that run has ended', async () => {
    const { leader, clock, events, runs } = await reign();
    const { desk, serve } = openDesk(leader, clock);
    desk.triggerHere('first', data);
    const second = serve({ id: 'second', data });
    await clock.advance(10);
    desk.revoke('first');
    const [jobId] = runs;
    events.emit('completed', { jobId, returnvalue: { outcome: { status: 'succeeded' } } });
    await second;
    const answer = await serve({ id: 'first', data: { ...data, isAccepted: true } });

    expect(answer).toMatchObject({ error: { code: 'ENGINE_UNAVAILABLE' } });
    expect(leader.scheduler.viewRuns({ worker: 'work' })).toMatchObject([{ status: 'succeeded' }]);
    await leader.stop();
  });

  it('does not begin where the store had it all the same', async () => {
    const { leader, clock } = await reign();
    const { desk, serve } = openDesk(leader, clock);
    leader.act((now) => leader.scheduler.pauseAll(now));
    desk.triggerHere('revoked', data);
    desk.revoke('revoked');
    const answer = await serve({ id: 'revoked', data: { ...data, isAccepted: true } });

    expect(answer).toMatchObject({ error: { code: 'ENGINE_UNAVAILABLE' } });
    expect(leader.scheduler.viewRuns({ worker: 'work' })).toMatchObject([{ status: 'cancelled' }]);
    await leader.stop();
  });
});

describe('What comes when whoever asked for it was told that it failed', () => {
  const trigger = { type: 'trigger', worker: 'work', request: {}, at: 0 } as const;

  it('is not done', async () => {
    const { leader, clock } = await reign();
    const serve = served(leader, clock);
    const expiresAt = clock.now() + 5_000;
    await clock.advance(5_001);
    const answers = await Promise.all([
      serve({ id: 'a', attemptsStarted: 1, data: { ...trigger, expiresAt } }),
      serve({ id: 'b', attemptsStarted: 2, data: { type: 'pause-all', expiresAt } }),
      serve({ id: 'c', attemptsStarted: 1, data: { type: 'withdrawn' } }),
    ]);

    const refusal = { error: { code: 'ENGINE_UNAVAILABLE' } };
    expect(answers).toMatchObject([refusal, refusal, refusal]);
    // The store has not taken the refusal.
    const again = { id: 'a', attemptsStarted: 2, data: { ...trigger, expiresAt } };
    expect(await serve(again)).toMatchObject(refusal);
    expect(leader.scheduler.viewRun('a')).toBeUndefined();
    expect(leader.scheduler.isPaused).toBe(false);
    await leader.stop();
  });

  it('is done where it is a trigger that a leader may have accepted before', async () => {
    const { leader, clock } = await reign();
    const expiresAt = clock.now() + 5_000;
    await clock.advance(5_001);
    const data = { ...trigger, expiresAt };
    void served(leader, clock)({ id: 'a', attemptsStarted: 2, data });
    await clock.advance(10);

    expect(leader.scheduler.viewRun('a')).toMatchObject({ status: 'running' });
    await leader.stop();
  });
});

describe('A trigger that a former leader has accepted, and that comes after the takeover,', () => {
  it('keeps to its delay, counted from when it was triggered', async () => {
    const { leader, clock } = await reign();
    const at = clock.now();
    await clock.advance('1m');
    const request = { delayMs: 90_000 };
    const data = { type: 'trigger', worker: 'work', request, at, isAccepted: true };
    void served(leader, clock)({ id: 'accepted', data });
    await clock.advance('29s');
    expect(leader.scheduler.viewRun('accepted')).toMatchObject({ status: 'waiting' });

    await clock.advance('2s');
    expect(leader.scheduler.viewRun('accepted')).toMatchObject({ status: 'running' });
    await leader.stop();
  });

  it('was due when it was triggered', async () => {
    const { leader, clock, granted } = await reign();
    const at = clock.now();
    await clock.advance('1m');
    const data = { type: 'trigger', worker: 'work', request: {}, at, isAccepted: true };
    void served(leader, clock)({ id: 'accepted', data });
    await clock.advance(10);

    expect(granted).toMatchObject([{ order: { runId: 'accepted', scheduledAt: at } }]);
    await leader.stop();
  });

  it('is the run that has its key meanwhile', async () => {
    const { leader, clock } = await reign();
    const request = { dedupeKey: 'key' };
    leader.act((now) => {
      leader.scheduler.pauseAll(now);
      leader.scheduler.trigger('work', { ...request, id: 'first' }, now);
      leader.scheduler.pause('work', now);
    });
    const { serve, joined } = openDesk(leader, clock);
    const data = { type: 'trigger', worker: 'work', request, at: 0, isAccepted: true };
    void serve({ id: 'accepted', data });
    await clock.advance(10);
    expect(joined).toEqual([{ joined: 'first' }]);
    // Served again, with what it has told.
    void serve({ id: 'accepted', data, progress: { joined: 'first' } });
    await clock.advance(10);
    expect(joined).toHaveLength(1);

    expect(leader.scheduler.viewRuns({ worker: 'work' }).map(({ id }) => id)).toEqual(['first']);
    expect(leader.accepted.get('accepted')).toMatchObject({ runId: 'first' });
    await leader.stop();
  });

  it('is not told of by a leader that has left meanwhile', async () => {
    const { leader, clock, saidOf } = await reign();
    const { desk, serve } = openDesk(leader, clock);
    leader.act((now) => leader.scheduler.pauseAll(now));
    const data = { type: 'trigger', worker: 'work', request: { dedupeKey: 'key' }, at: 0 };
    desk.triggerHere('first', data as TriggerCommand);
    const noted = deferred();
    serve({ id: 'second', data, updateProgress: () => noted.promise }).catch(() => undefined);
    await clock.advance(10);
    await desk.close(1_000);
    noted.resolve();
    await clock.advance('1s');

    expect(saidOf('accepted')).toEqual([]);
    await leader.stop();
  });

  it.each(['paused', 'disabled'])('waits where its worker is %s meanwhile', async (how) => {
    const { leader, clock } = await reign();
    leader.act((now) => {
      if (how === 'paused') leader.scheduler.pause('work', now);
      else leader.scheduler.disable('work', 'by hand', now);
    });
    const serve = served(leader, clock);
    const data = { type: 'trigger', worker: 'work', request: {}, at: 0 };

    expect(await serve({ id: 'refused', data })).toMatchObject({ error: {} });
    void serve({ id: 'accepted', data: { ...data, isAccepted: true } });
    await clock.advance(10);

    expect(leader.scheduler.viewRun('accepted')).toMatchObject({ status: 'waiting' });
    expect(leader.scheduler.viewRun('refused')).toBeUndefined();
    await leader.stop();
  });
});

describe('The end of a run that whoever led had accepted, and asks for', () => {
  /** The desk of a leader with one run, which is told how others had ended before. */
  async function deskWithRun(ended: Record<string, Answer> = {}) {
    const begun = await reignWithRun();
    const serve = served(begun.leader, begun.clock, new Map(Object.entries(ended)));
    return { ...begun, follow: (id: string) => serve({ id, data: { type: 'follow' } }) };
  }

  it('is told once it has ended', async () => {
    const { leader, events, runId, jobId, follow } = await deskWithRun();
    const answer = follow(runId);
    const returnvalue = { outcome: { status: 'succeeded' }, value: 42 };
    events.emit('completed', { jobId, returnvalue });

    expect(await answer).toEqual({ value: 42 });
    await leader.stop();
  });

  it('is told where it had ended before this leader', async () => {
    const { leader, follow } = await deskWithRun({ before: { value: 'done' } });
    expect(await follow('before')).toEqual({ value: 'done' });
    await leader.stop();
  });

  it('is forgotten where nobody knows it, and does not begin anew', async () => {
    const { leader, follow } = await deskWithRun();
    const answer = await follow('unknown');

    expect(answer).toMatchObject({ error: { code: 'ENGINE_UNAVAILABLE' } });
    expect(leader.scheduler.viewRun('unknown')).toBeUndefined();
    await leader.stop();
  });
});

describe('A wait inside a run', () => {
  it('has to be made known to the next leader', async () => {
    const { leader, clock, trigger } = await reign(NOTHING, declared('work', 'other'));
    const { desk } = openDesk(leader, clock);
    const awaited = leader.act((now) => leader.scheduler.trigger('other', {}, now));
    const wait = desk.obey({ type: 'await', waiter: trigger(), awaited });
    const told = expect(wait).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
    await leader.stop();

    await told;
  });

  it('for one that has ended, or by one that has, is answered at once', async () => {
    const { leader, clock, events, jobId, runId, trigger } = await reignWithRun();
    const store = {} as Store;
    const desk = new CommandDesk(leader, new RollCall('a', clock, 1), store, 6_000, new Map());
    const wait = (waiter: string, awaited: string) => desk.obey({ type: 'await', waiter, awaited });

    await wait(runId, 'unknown');
    const awaited = trigger();
    const returnvalue = { outcome: { status: 'succeeded' } };
    events.emit('completed', { jobId, returnvalue });
    await wait(awaited, runId);
    await wait(runId, awaited);
    await leader.stop();
  });
});
