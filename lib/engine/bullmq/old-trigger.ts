import type { Job } from 'bullmq';
import { within } from './deadline.js';
import { runIdOf, type Command, type TriggerCommand } from './messages.js';
import type { Store } from './store.js';

/** A trigger that no leader has answered to the end, or a question for the end of its run. */
export interface OldTrigger {
  readonly id: string;
  /** `undefined` where only the end of its run is asked for. */
  readonly command: TriggerCommand | undefined;
  /** The run that it has become. */
  readonly runId: string;
  /** Whether a former leader has accepted it, or taken it up at least. */
  readonly wasAccepted: boolean;
}

/** Oldest first, but those that had become another's run last. */
export async function readTriggers(store: Store, patienceMs: number): Promise<OldTrigger[]> {
  const queue = store.queue('commands');
  const jobs = (await within(
    patienceMs,
    'reading the commands',
    queue.getJobs(['active', 'wait']),
  )) as Job<Command>[];
  return jobs
    .sort(
      (one, other) =>
        Number(hasJoined(one)) - Number(hasJoined(other)) || one.timestamp - other.timestamp,
    )
    .flatMap((job): OldTrigger[] => {
      const { id = '', data, attemptsStarted } = job;
      const runId = runIdOf(job);
      if (data.type === 'follow') return [{ id, runId, command: undefined, wasAccepted: true }];
      if (data.type !== 'trigger') return [];
      const wasAccepted = attemptsStarted > 0 || data.isAccepted === true;
      return [{ id, runId, command: data, wasAccepted }];
    });
}

function hasJoined(job: Job<Command>): boolean {
  return runIdOf(job) !== job.id;
}
