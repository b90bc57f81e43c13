import type { Job } from 'bullmq';
import type { AttemptOutcome } from '../../core/attempt-outcome.js';
import type { WorkerOptions } from '../../core/definition/worker-options.js';
import type { AttemptOrder } from '../../core/effect.js';
import type { OrchestratorEvent } from '../../core/event.js';
import type { TriggerRequest } from '../../core/life-cycle/trigger-run.js';
import type { RunImage } from '../../core/run-image.js';
import type { WorkerSnapshot } from '../../core/state/image.js';
import type { ReplicaRole } from '../../core/view/fleet-view.js';
import type { RunFilter } from '../../core/view/run-view.js';
import type { WorkerMemory } from '../../core/worker-memory.js';
import type { StartReach } from '../engine.js';
import type { Introduction } from './declaration.js';
import type { ErrorImage } from './error-image.js';
import type { RosterImage } from './roster.js';

/*
 * What replicas say to each other through the store: JSON.
 */

/** The data of a job in `runs`: one attempt, granted to whoever picks it up. */
export interface AttemptJob {
  /** Who granted it. */
  readonly term: number;
  /** Rises with each grant. */
  readonly token: number;
  readonly order: Omit<AttemptOrder, 'payload'>;
  readonly timeoutMs: number | null;
  readonly abortGraceMs: number;
  /** W3C trace context of the run. */
  readonly traceparent?: string;
  /** Why it must not begin, where it was aborted before the store was known to have it. */
  readonly calledOff?: string;
  /** For whoever has to take it over. */
  readonly run: RunImage;
  /** Of its worker, as of when it was sent; where that was unregistered by then, as of when it was granted. */
  readonly memory: WorkerMemory;
  /** The latest grant that the memory knows of. */
  readonly knows: number;
  /** Whose due instants the memory says are claimed, though the store was not known to have them. */
  readonly unstored?: readonly RunImage[];
}

/** What a job in `runs` returns. */
export type AttemptReport =
  | { readonly outcome: AttemptOutcome; readonly value?: unknown; readonly error?: ErrorImage }
  /** The run waits again: nobody began it, or the shutdown of its replica interrupted it. */
  | { readonly returned: 'unbegun' | 'interrupted' };

/** The progress of a job in `runs`. */
export type AttemptProgress =
  { readonly fraction: number; readonly message?: string } | AbortedProgress;

/** Its outcome is fixed, but its body has not settled. */
export interface AbortedProgress {
  readonly aborted: AttemptOutcome;
  readonly error?: ErrorImage;
  readonly isAbandoned: boolean;
}

/** The data of a job in `commands`, which lasts as long as the run whose id it bears. */
export interface TriggerCommand {
  readonly type: 'trigger';
  readonly worker: string;
  readonly request: TriggerRequest;
  /** When it was triggered, by the store's clock. */
  readonly at: number;
  /** Whether it was accepted before it was sent, as its sender led. */
  readonly isAccepted?: boolean;
}

/** The progress of a trigger's job, where an equal key stood for another's run. */
interface JoinedProgress {
  readonly joined: string;
}

/** The data of a job in `commands`, of whoever was the leader that accepted a trigger: how the run of that id has ended. */
interface FollowCommand {
  readonly type: 'follow';
}

/** The data of a job in `commands`. */
export type Command = (TriggerCommand | FollowCommand | Order) & {
  /** When nobody expects any more that it is obeyed, by the store's clock. */
  readonly expiresAt?: number;
};

/** Whatever else the leader is asked for. */
export type Order =
  | { readonly type: 'await'; readonly waiter: string; readonly awaited: string }
  | {
      readonly type: 'cancel';
      readonly runId: string;
      readonly why: string;
      readonly abandon: boolean;
    }
  | { readonly type: 'enable' | 'pause' | 'resume'; readonly worker: string }
  | { readonly type: 'disable'; readonly worker: string; readonly reason: string }
  | { readonly type: 'pause-all' | 'resume-all' | 'status' }
  | ({ readonly type: 'introduce' } & Introduction)
  | { readonly type: 'update'; readonly text: string; readonly updates: WorkerOptions }
  | { readonly type: 'worker' | 'explain' | 'definition'; readonly worker: string }
  | { readonly type: 'run'; readonly runIds: readonly string[] }
  | { readonly type: 'runs'; readonly filter: RunFilter }
  /** In the place of one that must not come any more. */
  | { readonly type: 'withdrawn' };

/** What a job in `commands` returns. */
export type Answer = { readonly value?: unknown } | { readonly error: ErrorImage };

/** What is in force of a worker, and what calls have changed of it. */
export interface DefinitionAnswer {
  readonly text: string;
  readonly updates: WorkerOptions;
}

/** The data of a job in `memory`. */
export type MemoryJob = WorkerMemoryJob | OrchestratorMemoryJob;

export interface WorkerMemoryJob extends WorkerSnapshot {
  readonly term: number;
  /** The latest grant that it knows of. */
  readonly token: number;
}

/** What concerns no single worker. */
export interface OrchestratorMemoryJob {
  readonly term: number;
  readonly isEverythingPaused: boolean;
  readonly roster: RosterImage;
  /** How runs have ended whose triggers have not been told so, or may still ask. */
  readonly unanswered: Readonly<Record<string, Answer>>;
}

/** What the leader says to all replicas. */
export type Message =
  | { readonly type: 'leads' }
  /** Nothing else, lest it be taken for gone. */
  | { readonly type: 'still-leads' }
  /** To a replica whose workers the leader does not know, or not as they are now. */
  | { readonly type: 'introduce'; readonly replica: string }
  | { readonly type: 'told'; readonly event: OrchestratorEvent }
  | {
      readonly type: 'abort';
      readonly jobId: string;
      readonly why: string;
    }
  | { readonly type: 'abandon'; readonly runId: string }
  /** A trigger is accepted, as the run of that id. */
  | { readonly type: 'accepted'; readonly command: string; readonly runId: string }
  /** The answer to a command is in the store. */
  | { readonly type: 'answered'; readonly command: string };

/** What a replica tells the leader of itself, again and again. */
export interface Presence {
  readonly replica: string;
  readonly host: string;
  readonly pid: number;
  readonly role: ReplicaRole;
  /** Of its workers. */
  readonly revision: number;
  /** What has been started there. */
  readonly reach: StartReach | null;
  readonly clockSkewMs: number;
  readonly running: readonly { readonly runId: string; readonly worker: string }[];
}

export interface Broadcast {
  /** Who speaks. */
  readonly replica: string;
  readonly term: number;
  /** Counts those of the term. */
  readonly number: number;
  readonly messages: readonly Message[];
}

/** The run that a trigger has become. */
export function runIdOf({ id = '', progress }: Pick<Job, 'id' | 'progress'>): string {
  const { joined = id } = progress as Partial<JoinedProgress>;
  return joined;
}

/** An attempt that was returned is granted anew, by another job: what is still said of the first must not concern it. */
export function attemptJobId({ order, token }: Pick<AttemptJob, 'order' | 'token'>): string {
  return `${order.runId}.${String(order.number)}.${String(token)}`;
}
