import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { textOf } from '../../lib/engine/bullmq/declaration.js';
import type { Legacy } from '../../lib/engine/bullmq/legacy.js';
import type { Broadcast, Message } from '../../lib/engine/bullmq/messages.js';
import { Reign } from '../../lib/engine/bullmq/reign.js';
import type { Store } from '../../lib/engine/bullmq/store.js';
import { unpacked } from '../../lib/engine/bullmq/wire.js';
import { Alarms } from '../../lib/execution/alarms.js';
import { VirtualClock } from '../../lib/testing/virtual-clock.js';
import { worker } from '../support/core/scheduler-with.js';

const NOTHING: Legacy = {
  ...{ memories: new Map(), paused: [], everything: undefined, attempts: [], retries: [] },
  ...{ triggers: [], answers: new Map(), safekeeping: [], outdated: [] },
};

/** A leader of one worker, whose store the test is. */
async function reign() {
  const clock = new VirtualClock();
  const runs = new Set<string>();
  const events = new EventEmitter();
  const said: Message[] = [];
  const queue = {
    /** Whether somebody works on the runs. */
    isLocked: false,
    add: async () => ({ updateData: async () => undefined }),
    addBulk: async (jobs: readonly { opts: { jobId: string } }[]) => {
      for (const { opts } of jobs) runs.add(opts.jobId);
    },
    remove: async (id: string) => {
      if (queue.isLocked) throw new Error(`job ${id} is locked`);
      return runs.delete(id) ? 1 : 0;
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
    ...{ leaseMs: 6_000, patienceMs: 6_000, isHeld: () => true, wallOffset: () => 0 },
    ...{ mostBehindMs: () => 0, hearOwn: () => undefined },
  });
  await leader.inherit(NOTHING, declared('work'), 'everything', async () => false);
  leader.begin();
  const runId = leader.act((now) => leader.scheduler.trigger('work', {}, now));
  await clock.advance(10);
  const [jobId = ''] = runs;
  return { leader, clock, queue, runs, events, runId, jobId, aborts: () => saidOf('abort') };

  function saidOf(type: Message['type']): Message[] {
    return said.filter((message) => message.type === type);
  }
}

function declared(...names: string[]) {
  return Object.fromEntries(names.map((name) => [name, { text: textOf(worker(name)), at: 0 }]));
}

describe('A leader that aborts an attempt', () => {
  it('says so until it is known to have been heard', async () => {
    const { leader, clock, queue, events, runId, jobId, aborts } = await reign();
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

  it('takes it back where nobody works on it, though somebody did at first', async () => {
    const { leader, clock, queue, runs, runId } = await reign();
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

describe('What is granted of a worker that no replica has any more', () => {
  it('is taken back, though whoever puts it back holds it just then', async () => {
    const { leader, clock, queue, runs, runId } = await reign();
    queue.isLocked = true;
    leader.introduce('a', {});
    await clock.advance(10);
    expect(leader.scheduler.viewRun(runId)).toMatchObject({ status: 'running' });

    queue.isLocked = false;
    await clock.advance('1s');
    expect(runs.size).toBe(0);
    expect(leader.scheduler.status(clock.now())).toMatchObject({ running: 0 });
    await leader.stop();
  });

  it('is left alone once some replica has it again', async () => {
    const { leader, clock, queue, runs, runId } = await reign();
    queue.isLocked = true;
    leader.introduce('a', {});
    await clock.advance(10);
    leader.introduce('b', declared('work'));
    queue.isLocked = false;
    await clock.advance('1s');

    expect(runs.size).toBe(1);
    expect(leader.scheduler.viewRun(runId)).toMatchObject({ status: 'running' });
    await leader.stop();
  });
});
