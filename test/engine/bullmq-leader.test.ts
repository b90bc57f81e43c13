import { EventEmitter } from 'node:events';
import { expect, it, vi } from 'vitest';
import { textOf } from '../../lib/engine/bullmq/declaration.js';
import { LeadingReplica } from '../../lib/engine/bullmq/leader.js';
import type { Lease } from '../../lib/engine/bullmq/lease.js';
import type { MemoryJob } from '../../lib/engine/bullmq/messages.js';
import type { Store } from '../../lib/engine/bullmq/store.js';
import { Alarms } from '../../lib/execution/alarms.js';
import { VirtualClock } from '../../lib/testing/virtual-clock.js';
import { worker } from '../support/core/scheduler-with.js';
import { introduction } from './engine-lab.js';

const WORKER = 'work';
const KNOWN: MemoryJob = {
  ...{ term: 1, token: 1, isPaused: false, attempts: [], retries: [] },
  memory: { worker: WORKER, schedule: '', consecutiveFailures: 0 },
};

/** Of the second term, after a leader who has left what it remembered. */
function successor(
  lease: Pick<Lease, 'renew' | 'isHeld'>,
  waiting: readonly unknown[] = [],
  {
    known = KNOWN,
    finished = [],
  }: { readonly known?: object; readonly finished?: readonly unknown[] } = {},
) {
  const clock = new VirtualClock();
  const removeOld = vi.fn(async () => undefined);
  let serve: (job: unknown) => Promise<unknown> = () => Promise.reject(new Error());
  const old = { data: known, timestamp: 0, remove: removeOld };
  const withdraw = vi.fn(async () => 1);
  const queue = (name: string) => ({
    getJobs: async (lists: string[]) => {
      if (name === 'memory') return [old];
      if (name !== 'runs') return [];
      return lists.includes('wait') ? waiting : lists.includes('completed') ? finished : [];
    },
    getJobState: async () => 'waiting',
    remove: withdraw,
    add: async () => ({ updateData: async () => undefined }),
  });
  const store = {
    queue,
    events: () => Object.assign(new EventEmitter(), { close: async () => undefined }),
    producer: () => ({ publishEvent: async () => undefined }),
    worker: (_name: string, process: typeof serve) => {
      serve = process;
      return Object.assign(new EventEmitter(), {
        pause: async () => undefined,
        close: async () => undefined,
      });
    },
  };
  const onLeading = vi.fn();
  const leader = new LeadingReplica(
    {
      host: {
        settings: {
          ...{ maxConcurrentWorkers: 10, groups: new Map(), agingStepMs: 30_000, history: 10 },
          ...{ tickIntervalMs: 0, shutdownTimeoutMs: 1_000 },
        },
        clock,
        logger: { log: () => undefined, warn: () => undefined, error: () => undefined },
        onEvent: () => undefined,
      },
      ...{ store: store as unknown as Store, alarms: new Alarms(clock), term: 2, replica: 'b' },
      ...{ leaseMs: 6_000, patienceMs: 6_000, isHeld: () => true, wallOffset: () => 0 },
      ...{ hearOwn: () => undefined, hasFollowed: true },
    },
    lease as Lease,
    () => introduction('b', { [WORKER]: { text: textOf(worker(WORKER)), at: 0 } }),
    () => 'everything',
    onLeading,
  );
  return { leader, clock, removeOld, withdraw, onLeading, serve: (job: unknown) => serve(job) };
}

/** An attempt that nobody has picked up yet. */
function waitingAttempt(runId: string) {
  return {
    ...{ id: `${runId}.1.2`, progress: 0 },
    data: {
      ...{ term: 1, token: 2, timeoutMs: null, abortGraceMs: 1 },
      order: { runId, worker: WORKER, number: 1, scheduledAt: 0, missedCount: 0 },
      run: {
        ...{ id: runId, worker: WORKER, origin: 'trigger', priority: 1, missedCount: 0 },
        ...{ scheduledAt: 0, dueAt: 0, attempts: 1 },
      },
      memory: { worker: WORKER, schedule: '', consecutiveFailures: 0 },
    },
  };
}

it('A leader removes what the one before has left, and leads', async () => {
  const { leader, removeOld, onLeading } = successor({
    renew: async () => undefined,
    isHeld: true,
  });
  await leader.lead();
  expect(removeOld).toHaveBeenCalledOnce();
  expect(onLeading).toHaveBeenCalledOnce();
  await leader.leave();
});

it('A leader whose time is over before it leads removes nothing that the next one may be reading', async () => {
  const lease = { renew: async () => void (lease.isHeld = false), isHeld: true };
  const { leader, removeOld, onLeading } = successor(lease);
  await leader.lead();
  expect(removeOld).not.toHaveBeenCalled();
  expect(onLeading).not.toHaveBeenCalled();
  await leader.leave();
});

it('A leader whose time is over while it takes over withdraws nothing more: the next one has found it there', async () => {
  const lease = { renew: async () => undefined, isHeld: true };
  const { leader, withdraw } = successor(lease, ['r1', 'r2', 'r3'].map(waitingAttempt));
  withdraw.mockImplementation(async () => {
    lease.isHeld = false;
    return 1;
  });

  await expect(leader.lead()).rejects.toThrow('its lease ended while it took over');
  expect(withdraw).toHaveBeenCalledOnce();
  await leader.leave();
});

it('How an attempt has ended before is not how its run ends, which goes on', async () => {
  const { data } = waitingAttempt('r1');
  const outcome = { status: 'failed', retry: 'by-policy', failure: { name: 'E', message: 'no' } };
  const report = { outcome, error: { name: 'E', message: 'no' } };
  const ended = { ...{ data, progress: 0, finishedOn: 1 }, returnvalue: report };
  const known = { ...KNOWN, token: 2, retries: [{ ...data.run, startedAt: 0, retryAt: 10 }] };
  const lease = { renew: async () => undefined, isHeld: true };
  const { leader, clock, serve } = successor(lease, [], { known, finished: [ended] });
  await leader.lead();
  await clock.advance(20);
  const { reign } = leader;
  expect(reign.scheduler.viewRun('r1')).toMatchObject({ status: 'running' });

  reign.attempts.noteEnded('r1', 2, { outcome: { status: 'succeeded' } }, clock.now());
  // Whoever had asked for it has been told.
  reign.accepted.delete('r1');
  const answer = await serve({ id: 'r1', data: { type: 'follow' } });

  expect(answer).toMatchObject({ error: { code: 'ENGINE_UNAVAILABLE' } });
  await leader.leave();
});
