import type { Job } from 'bullmq';
import type { WorkerMemory } from '../../core/worker-memory.js';
import { LeaseLostError, RunCancelledError } from '../../core/errors.js';
import type { AttemptImage } from '../../core/state/image.js';
import { within } from './deadline.js';
import { imageOfError } from './error-image.js';
import type {
  Answer,
  AttemptJob,
  MemoryJob,
  OrchestratorMemoryJob,
  WorkerMemoryJob,
} from './messages.js';
import type { RunImage } from '../../core/run-image.js';
import {
  abortedIn,
  attemptsMade,
  readAttempts,
  returnedAs,
  type OldAttempt,
} from './old-attempt.js';
import { readTriggers, type OldTrigger } from './old-trigger.js';
import type { Store } from './store.js';

/** What former leaders have left in the store. */
export interface Legacy {
  /** The newest of each worker that was written. */
  readonly snapshots: ReadonlyMap<string, WorkerMemoryJob>;
  /** The same, with what the latest grant of each worker has claimed since. */
  readonly memories: ReadonlyMap<string, WorkerMemory>;
  readonly paused: readonly string[];
  /** What concerns no single worker; nothing where there was no leader before. */
  readonly everything: OrchestratorMemoryJob | undefined;
  /** Those that linger, then the latest of each run; where no former leader has remembered their end, and as granted. */
  readonly attempts: readonly OldAttempt[];
  /** Runs between two attempts, or whose attempt the store never got. */
  readonly retries: readonly RunImage[];
  /**
   * Triggers that no leader has answered to the end, and questions for their ends: oldest first, but those that had become
   * another's run last.
   */
  readonly triggers: readonly OldTrigger[];
  /** How runs have ended whose triggers may not have been told so. */
  readonly answers: ReadonlyMap<string, Answer>;
  /** To be written before attempts are withdrawn that wait: those are in it as retries, with what only they tell of. */
  readonly safekeeping: readonly WorkerMemoryJob[];
  /** What to remove once all this is remembered anew. */
  readonly outdated: readonly Job[];
}

export async function readLegacy(store: Store, patienceMs: number): Promise<Legacy> {
  const memoryJobs = (await within(
    patienceMs,
    'reading what is remembered',
    // Of workers that nobody has any more, the oldest are forgotten first.
    store.queue('memory').getJobs(['wait'], 0, -1, true),
  )) as Job<MemoryJob>[];
  const snapshots = newestSnapshots(memoryJobs);
  const everything = newestOfEverything(memoryJobs);
  const attempts = await readAttempts(store, patienceMs);

  const newest = newestGrants(snapshots, attempts);
  const memories = newestMemories(snapshots, newest, attempts);
  const { latest, lingering, standing } = sortOut(attempts, snapshots);
  const isStanding = new Set(standing.map(({ data }) => data.order.runId));
  const isToBeMade = ({ id, attempts: made }: RunImage): boolean =>
    !isStanding.has(id) && attemptsMade(latest.get(id)) <= made;
  const lost = newest.flatMap(({ unstored = [] }) => unstored).filter(isToBeMade);
  const retries = [...snapshots.values()].flatMap((snapshot) => snapshot.retries);
  const waiting = standing
    .filter(({ stands }) => stands === 'waiting')
    .map(({ data: { run, order } }) => ({ ...run, attempts: order.number - 1 }));
  const triggers = await readTriggers(store, patienceMs);
  const answers = answersOf(latest, [...lingering, ...standing], everything);
  return {
    snapshots,
    memories,
    everything,
    paused: [...snapshots].filter(([, { isPaused }]) => isPaused).map(([worker]) => worker),
    attempts: [...lingering, ...standing],
    retries: oneOfEach([...retries.filter(isToBeMade), ...lost]),
    answers: new Map([
      ...answers,
      ...triggers.flatMap(({ id, runId }): [string, Answer][] => {
        const answer = answers.get(id) ?? answers.get(runId);
        return answer === undefined ? [] : [[id, answer]];
      }),
    ]),
    triggers,
    safekeeping: inSafekeeping([...lost, ...waiting], snapshots, memories),
    outdated: memoryJobs,
  };
}

/** By run. */
function answersOf(
  latest: ReadonlyMap<string, OldAttempt>,
  left: readonly OldAttempt[],
  everything: OrchestratorMemoryJob | undefined,
): ReadonlyMap<string, Answer> {
  return new Map([
    ...left
      .filter((attempt) => attempt.stands !== 'finished' && hasOutcome(attempt))
      .map((attempt): [string, Answer] => [attempt.data.order.runId, answerOfAborted(attempt)]),
    ...[...latest]
      .filter(([, attempt]) => attempt.stands === 'finished' && returnedAs(attempt) === undefined)
      .map(([runId, attempt]): [string, Answer] => [runId, answerOf(attempt)]),
    ...Object.entries(everything?.unanswered ?? {}),
  ]);
}

/** Of each worker the one that knows most, where that is more than its snapshot does. */
function newestGrants(
  snapshots: ReadonlyMap<string, WorkerMemoryJob>,
  attempts: readonly OldAttempt[],
): AttemptJob[] {
  const newest = new Map<string, AttemptJob>();
  for (const { data } of attempts) {
    const { worker } = data.run;
    const known = newest.get(worker)?.knows ?? snapshots.get(worker)?.token ?? 0;
    if (data.knows > known) newest.set(worker, data);
  }
  return [...newest.values()];
}

/** What has ended since the snapshot is told by its job; what was claimed since then, by the newest grant. */
function newestMemories(
  snapshots: ReadonlyMap<string, WorkerMemoryJob>,
  newest: readonly AttemptJob[],
  attempts: readonly OldAttempt[],
): Map<string, WorkerMemory> {
  const memories = new Map<string, WorkerMemory>();
  // Where there is no snapshot yet, by what knows least, as the ends since then are told.
  for (const { data } of attempts.toReversed().sort(knowingMostFirst)) {
    memories.set(data.run.worker, data.memory);
  }
  for (const [worker, { memory }] of snapshots) memories.set(worker, memory);
  for (const { memory } of newest) {
    const known = memories.get(memory.worker) ?? memory;
    memories.set(memory.worker, { ...known, ...claimsIn(memory) });
  }
  return memories;
}

function knowingMostFirst(one: OldAttempt, other: OldAttempt): number {
  return other.data.knows - one.data.knows;
}

function claimsIn(memory: WorkerMemory): Partial<WorkerMemory> {
  const { schedule, anchorAt, claimedThrough, lastStartAt, calledOffAt } = memory;
  return {
    schedule,
    ...(anchorAt !== undefined && { anchorAt }),
    ...(claimedThrough !== undefined && { claimedThrough }),
    ...(lastStartAt !== undefined && { lastStartAt }),
    ...(calledOffAt !== undefined && { calledOffAt }),
  };
}

/**
 * Those whose end nobody has remembered: of each run the latest that was granted, and besides those that linger.
 * `latest` are remembered ones too.
 */
function sortOut(
  attempts: readonly OldAttempt[],
  snapshots: ReadonlyMap<string, WorkerMemoryJob>,
): {
  readonly latest: ReadonlyMap<string, OldAttempt>;
  readonly lingering: readonly OldAttempt[];
  readonly standing: readonly OldAttempt[];
} {
  const imageOf = ({ data: { run, order } }: OldAttempt): AttemptImage | undefined =>
    snapshots
      .get(run.worker)
      ?.attempts.find(({ runId, number }) => runId === order.runId && number === order.number);
  const isRemembered = (attempt: OldAttempt): boolean => {
    const { token = 0 } = snapshots.get(attempt.data.run.worker) ?? {};
    const isNew = attempt.stands !== 'finished' || attempt.data.token > token;
    return !isNew && imageOf(attempt)?.phase !== 'running';
  };
  const latest = new Map(attempts.map((attempt) => [attempt.data.order.runId, attempt]));
  const lingeringAs = (attempt: OldAttempt): AttemptImage | undefined => {
    const image = imageOf(attempt);
    if (image !== undefined && image.phase !== 'running') return image;
    if (latest.get(attempt.data.order.runId) === attempt || attempt.stands !== 'active')
      return undefined;
    const { runId, number } = attempt.data.order;
    return { runId, number, phase: 'lingering', holdsPlace: true };
  };
  const left = attempts
    .filter((attempt) => !isRemembered(attempt))
    .map((attempt): OldAttempt => {
      const lingers = lingeringAs(attempt);
      return lingers === undefined ? attempt : { ...attempt, lingers };
    });
  const lingering = left.filter(({ lingers }) => lingers !== undefined);
  const standing = left.filter(
    ({ lingers, data }) =>
      lingers === undefined && latest.get(data.order.runId)?.data.token === data.token,
  );
  return { latest, lingering, standing };
}

function oneOfEach(runs: readonly RunImage[]): RunImage[] {
  return [...new Map(runs.map((run) => [run.id, run])).values()];
}

function inSafekeeping(
  runs: readonly RunImage[],
  snapshots: ReadonlyMap<string, WorkerMemoryJob>,
  memories: ReadonlyMap<string, WorkerMemory>,
): WorkerMemoryJob[] {
  const retries = new Map<string, RunImage[]>();
  for (const run of runs) retries.set(run.worker, [...(retries.get(run.worker) ?? []), run]);
  return [...retries].flatMap(([worker, images]) => {
    const memory = memories.get(worker);
    if (memory === undefined) return [];
    const nothing = { isPaused: false, attempts: [], retries: [], term: 0, token: 0 };
    const known = snapshots.get(worker) ?? nothing;
    const later = new Set(images.map(({ id }) => id));
    const retries = [...known.retries.filter(({ id }) => !later.has(id)), ...images];
    return [{ ...known, memory, retries }];
  });
}

/** Whether it is known what has become of it, though its body may go on. */
function hasOutcome({ lingers, job }: OldAttempt): boolean {
  return lingers !== undefined || abortedIn(job) !== undefined;
}

function newestSnapshots(jobs: readonly Job<MemoryJob>[]): Map<string, WorkerMemoryJob> {
  const newest = new Map<string, WorkerMemoryJob>();
  for (const { data } of jobs) {
    if (!('memory' in data)) continue;
    const known = newest.get(data.memory.worker);
    if (known === undefined || known.term < data.term) newest.set(data.memory.worker, data);
  }
  return newest;
}

function newestOfEverything(jobs: readonly Job<MemoryJob>[]): OrchestratorMemoryJob | undefined {
  const told = jobs.flatMap(({ data }) => ('roster' in data ? [data] : []));
  return told.sort((one, other) => other.term - one.term)[0];
}

function answerOfAborted({ job, data, lingers }: OldAttempt): Answer {
  const { worker, runId } = data.order;
  const { why = 'it was cancelled' } = lingers ?? {};
  const { error } = abortedIn(job) ?? {};
  return { error: error ?? imageOfError(new RunCancelledError(worker, runId, why)) };
}

function answerOf({ report, data }: OldAttempt): Answer {
  if (report === undefined || 'returned' in report) {
    return { error: imageOfError(new LeaseLostError(data.order.worker, data.order.runId)) };
  }
  return report.error === undefined ? { value: report.value } : { error: report.error };
}
