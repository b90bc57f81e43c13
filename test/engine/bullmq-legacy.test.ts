import { describe, expect, it } from 'vitest';
import type { AttemptOutcome } from '../../lib/core/attempt-outcome.js';
import { JobPriority } from '../../lib/core/priority.js';
import type { RunImage } from '../../lib/core/run-image.js';
import type { WorkerMemory } from '../../lib/core/worker-memory.js';
import type { AttemptImage } from '../../lib/core/state/image.js';
import { readLegacy, type Legacy } from '../../lib/engine/bullmq/legacy.js';
import type {
  AbortedProgress,
  AttemptJob,
  AttemptReport,
  WorkerMemoryJob,
} from '../../lib/engine/bullmq/messages.js';
import type { Store } from '../../lib/engine/bullmq/store.js';

const WORKER = 'report';
const MEMORY = { worker: WORKER, schedule: '', consecutiveFailures: 0 };
const TIMED_OUT: AttemptOutcome = {
  ...{ status: 'timed-out', retry: 'by-policy' },
  failure: { name: 'RunTimeoutError', message: 'too long' },
};

interface StoredAttempt {
  readonly list: 'wait' | 'active' | 'completed';
  readonly run: string;
  readonly number?: number;
  readonly token: number;
  readonly progress?: AbortedProgress;
  readonly report?: AttemptReport;
  readonly memory?: WorkerMemory;
  readonly calledOff?: string;
  readonly unstored?: readonly RunImage[];
  readonly knows?: number;
}

function imageOf(id: string, attempts = 1): RunImage {
  return {
    ...{ id, worker: WORKER, origin: 'schedule', priority: JobPriority.NORMAL, missedCount: 0 },
    ...{ scheduledAt: 0, dueAt: 0, startedAt: 0, attempts },
  };
}

function snapshot(token: number, others: Partial<WorkerMemoryJob> = {}): WorkerMemoryJob {
  return { memory: MEMORY, isPaused: false, attempts: [], retries: [], term: 1, token, ...others };
}

function lingering(runId: string, others: Partial<AttemptImage> = {}): AttemptImage {
  return { runId, number: 1, phase: 'lingering', holdsPlace: true, ...others };
}

/** What a next leader finds where the store holds this. */
function found(
  snapshots: readonly WorkerMemoryJob[],
  attempts: readonly StoredAttempt[],
  commands: readonly unknown[] = [],
) {
  const jobs = attempts.map(
    ({
      list,
      run,
      number = 1,
      token,
      progress,
      report,
      memory = MEMORY,
      calledOff,
      unstored,
      knows = token,
    }) => {
      const data: AttemptJob = {
        ...{ term: 1, token, timeoutMs: null, abortGraceMs: 0, memory, knows },
        order: {
          ...{ runId: run, worker: WORKER, number, scheduledAt: 0, missedCount: 0 },
          lastSuccessAt: undefined,
        },
        run: imageOf(run, number),
        ...(calledOff !== undefined && { calledOff }),
        ...(unstored !== undefined && { unstored }),
      };
      return {
        list,
        id: `${run}.${String(number)}`,
        data,
        progress: progress ?? 0,
        returnvalue: report,
      };
    },
  );
  const lists: Record<string, readonly unknown[]> = {
    memory: snapshots.map((data) => ({ list: 'wait', data })),
    runs: jobs,
    commands,
  };
  const queue = (name: string) => ({
    getJobs: async (types: readonly string[]) =>
      (lists[name] as { list: string }[]).filter(({ list }) => types.includes(list)),
  });
  return readLegacy({ queue } as unknown as Store, 1_000);
}

const standing = ({ attempts }: Legacy) =>
  attempts.map(({ data, lingers }) => ({ run: data.run.id, lingers: lingers?.phase }));

describe('An attempt that was aborted, and whose body goes on,', () => {
  it('lingers beside its run, which backs off', async () => {
    const retry = { ...imageOf('a'), retryAt: 1_000 };
    const legacy = await found(
      [snapshot(1, { attempts: [lingering('a')], retries: [retry] })],
      [{ list: 'active', run: 'a', token: 1 }],
    );

    expect(standing(legacy)).toEqual([{ run: 'a', lingers: 'lingering' }]);
    expect(legacy.retries).toEqual([retry]);
  });

  it('does not bring its run back, whose end is known to who triggered it', async () => {
    const legacy = await found(
      [snapshot(1, { attempts: [lingering('a', { why: 'enough' })] })],
      [{ list: 'active', run: 'a', token: 1 }],
    );

    expect(standing(legacy)).toEqual([{ run: 'a', lingers: 'lingering' }]);
    expect(legacy.retries).toEqual([]);
    expect(legacy.answers.get('a')).toMatchObject({
      error: { name: 'RunCancelledError', message: expect.stringContaining('enough') },
    });
  });

  it('is over once it has settled', async () => {
    const legacy = await found(
      [snapshot(1, { attempts: [lingering('a')] })],
      [{ list: 'completed', run: 'a', token: 1, report: { outcome: TIMED_OUT } }],
    );

    expect(standing(legacy)).toEqual([]);
  });

  it('stands for its run where no leader has heard of the abort', async () => {
    const error = { name: 'RunTimeoutError', message: 'too long' };
    const progress = { aborted: TIMED_OUT, error, isAbandoned: false };
    const running = lingering('a', { phase: 'running' });
    const legacy = await found(
      [snapshot(1, { attempts: [running] })],
      [{ list: 'active', run: 'a', token: 1, progress }],
    );

    expect(standing(legacy)).toEqual([{ run: 'a', lingers: undefined }]);
    expect(legacy.answers.get('a')).toEqual({ error });
  });

  it('lingers where a later attempt of its run was granted, whatever was remembered', async () => {
    const legacy = await found(
      [],
      [
        { list: 'active', run: 'a', token: 1 },
        { list: 'active', run: 'a', number: 2, token: 2 },
      ],
    );

    expect(standing(legacy)).toEqual([
      { run: 'a', lingers: 'lingering' },
      { run: 'a', lingers: undefined },
    ]);
  });

  it('is not what its run has ended with, where a later attempt has succeeded', async () => {
    const report: AttemptReport = { outcome: { status: 'succeeded' }, value: 7 };
    const legacy = await found(
      [],
      [
        { list: 'active', run: 'a', token: 1 },
        { list: 'completed', run: 'a', number: 2, token: 2, report },
      ],
    );

    expect(legacy.answers.get('a')).toEqual({ value: 7 });
  });
});

describe('Attempts that nobody has picked up', () => {
  it.each(['wait', 'active', 'completed'] as const)(
    'have ended where they were aborted before the store had them: %s',
    async (list) => {
      const report = { returned: 'unbegun' } as const;
      const calledOff = 'nobody waits for it';
      const { attempts, answers } = await found(
        [],
        [{ list, run: 'a', token: 1, calledOff, report }],
      );

      const outcome = { status: 'cancelled', why: calledOff };
      expect(attempts).toMatchObject([{ stands: 'finished', report: { outcome } }]);
      expect(answers.get('a')).toMatchObject({ error: { code: 'RUN_CANCELLED' } });
    },
  );

  it('are written as retries before they are withdrawn, with what was known before', async () => {
    const known = { ...imageOf('b'), retryAt: 1_000 };
    const { safekeeping } = await found(
      [snapshot(1, { isPaused: true, retries: [known] })],
      [
        { list: 'wait', run: 'a', number: 2, token: 2 },
        { list: 'active', run: 'c', token: 3 },
      ],
    );

    expect(safekeeping).toEqual([
      snapshot(1, { isPaused: true, retries: [known, imageOf('a', 1)] }),
    ]);
  });

  it('are retries once only, whatever was remembered before', async () => {
    const before = { ...imageOf('a'), retryAt: 1_000 };
    const { safekeeping } = await found(
      [snapshot(1, { retries: [before] })],
      [{ list: 'wait', run: 'a', number: 2, token: 2 }],
    );

    expect(safekeeping.map(({ retries }) => retries)).toEqual([[imageOf('a', 1)]]);
  });

  it('are found again, whether they were withdrawn or not', async () => {
    const waiting = { list: 'wait', run: 'a', token: 1 } as const;
    const { safekeeping } = await found([], [waiting]);
    const kept = safekeeping.map((each) => ({ ...each, term: 2 }));

    const withdrawn = await found(kept, []);
    expect(standing(withdrawn)).toEqual([]);
    expect(withdrawn.retries).toEqual([imageOf('a', 0)]);

    const not = await found(kept, [waiting]);
    expect(standing(not)).toEqual([{ run: 'a', lingers: undefined }]);
    expect(not.retries).toEqual([]);
  });

  it('are not begun anew where somebody has meanwhile', async () => {
    const { safekeeping } = await found([], [{ list: 'wait', run: 'a', token: 1 }]);
    const report: AttemptReport = { outcome: { status: 'succeeded' } };

    const legacy = await found(safekeeping, [{ list: 'completed', run: 'a', token: 1, report }]);
    expect(standing(legacy)).toEqual([{ run: 'a', lingers: undefined }]);
    expect(legacy.retries).toEqual([]);
  });
});

it('What has ended since the latest snapshot is counted by its job alone, what was claimed by the newest grant', async () => {
  const failed: AttemptReport = {
    outcome: { status: 'failed', retry: 'by-policy', failure: { name: 'Error', message: 'no' } },
  };
  const before = { ...MEMORY, consecutiveFailures: 1, claimedThrough: 1, lastStartAt: 1 };
  const after = { ...MEMORY, consecutiveFailures: 2, claimedThrough: 2, lastStartAt: 2 };
  const running = lingering('a', { phase: 'running' });

  const legacy = await found(
    [snapshot(1, { memory: before, attempts: [running] })],
    [
      { list: 'completed', run: 'a', token: 1, report: failed },
      { list: 'active', run: 'b', token: 2, memory: after },
    ],
  );

  expect(standing(legacy).map(({ run }) => run)).toEqual(['a', 'b']);
  expect(legacy.memories.get(WORKER)).toMatchObject({ ...after, consecutiveFailures: 1 });
});

it('A trigger whose sender led was accepted, though nobody has picked its job up, or it has none', async () => {
  const trigger = { type: 'trigger', worker: WORKER, request: {}, at: 0 };
  const waiting = { list: 'wait', timestamp: 0, attemptsStarted: 0, progress: 0 };
  const { triggers } = await found(
    [],
    [],
    [
      { ...waiting, id: 'a', data: { ...trigger, isAccepted: true } },
      { ...waiting, id: 'b', data: trigger },
      { ...waiting, id: 'c', data: trigger, attemptsStarted: 1 },
      { ...waiting, id: 'd', data: { type: 'follow' } },
    ],
  );

  expect(triggers.map(({ id, wasAccepted }) => [id, wasAccepted])).toEqual([
    ['a', true],
    ['b', false],
    ['c', true],
    ['d', true],
  ]);
});

describe('A run whose due instant is claimed, and whose attempt the store never got,', () => {
  const unstored = [imageOf('a', 0)];

  it('is to be granted anew, as what was granted besides tells', async () => {
    const legacy = await found([snapshot(1)], [{ list: 'active', run: 'b', token: 2, unstored }]);
    expect(legacy.retries).toEqual(unstored);
  });

  it('is as the one tells that knows most, of what is claimed, too', async () => {
    const claimed = (claimedThrough: number) => ({ ...MEMORY, claimedThrough });
    const legacy = await found(
      [snapshot(1)],
      [
        { list: 'active', run: 'b', token: 2, knows: 4, memory: claimed(3_000) },
        { list: 'active', run: 'c', token: 3, memory: claimed(2_000), unstored },
      ],
    );
    expect(legacy.retries).toEqual([]);
    expect(legacy.memories.get(WORKER)).toMatchObject({ claimedThrough: 3_000 });
  });

  it('is one run, though its leader had remembered it, too', async () => {
    const legacy = await found(
      [snapshot(1, { retries: [{ ...imageOf('a', 0), missedCount: 1 }] })],
      [{ list: 'active', run: 'b', token: 2, unstored }],
    );
    expect(legacy.retries).toEqual(unstored);
  });

  it('is kept when those are withdrawn that tell of it', async () => {
    const legacy = await found([snapshot(1)], [{ list: 'wait', run: 'b', token: 2, unstored }]);
    expect(legacy.safekeeping.flatMap(({ retries }) => retries.map(({ id }) => id))).toEqual([
      'a',
      'b',
    ]);
  });

  it.each(['wait', 'active', 'completed'] as const)(
    'is none where the store has it after all: %s',
    async (list) => {
      const report = { outcome: { status: 'succeeded' } } as const;
      const legacy = await found(
        [snapshot(1)],
        [
          { list, run: 'a', token: 2, report },
          { list: 'wait', run: 'b', token: 3, unstored },
        ],
      );
      expect(legacy.retries).toEqual([]);
    },
  );

  it('is none where its leader has remembered later what has become of it', async () => {
    const legacy = await found([snapshot(2)], [{ list: 'active', run: 'b', token: 2, unstored }]);
    expect(legacy.retries).toEqual([]);
  });
});

it('Where a worker has no snapshot yet, each of its ends is counted once', async () => {
  const failed = (consecutiveFailures: number) => ({ ...MEMORY, consecutiveFailures });
  const report = { outcome: TIMED_OUT };
  const legacy = await found(
    [],
    [
      { list: 'completed', run: 'a', token: 1, report, memory: failed(0) },
      { list: 'active', run: 'b', token: 2, memory: { ...failed(1), claimedThrough: 2_000 } },
    ],
  );
  expect(legacy.memories.get(WORKER)).toEqual({ ...failed(0), claimedThrough: 2_000 });
});

it('Where a worker has no snapshot yet, and its first grant was sent again, so is each', async () => {
  const failed = (consecutiveFailures: number) => ({ ...MEMORY, consecutiveFailures });
  const report = { outcome: TIMED_OUT };
  const legacy = await found(
    [],
    [
      { list: 'active', run: 'a', token: 1, knows: 3, memory: failed(1) },
      { list: 'completed', run: 'b', token: 2, report, memory: failed(0) },
    ],
  );
  expect(legacy.memories.get(WORKER)).toEqual(failed(0));
});

it('The end of a run is the answer to each trigger that had become it', async () => {
  const command = { type: 'trigger', worker: WORKER, request: {}, at: 0 };
  const job = { data: command, timestamp: 0, attemptsStarted: 1, list: 'active' };
  const legacy = await found(
    [],
    [{ list: 'completed', run: 'a', token: 1, report: { outcome: { status: 'succeeded' } } }],
    [
      { ...job, id: 'b', progress: { joined: 'a' }, timestamp: -1 },
      { ...job, id: 'c', progress: { joined: 'unknown' } },
      { ...job, id: 'a', progress: 0 },
    ],
  );
  expect([...legacy.answers.keys()]).toEqual(['a', 'b']);
  expect(legacy.triggers.map(({ id, runId }) => [id, runId])).toEqual([
    ['a', 'a'],
    ['b', 'a'],
    ['c', 'unknown'],
  ]);
});
