import type { Failure } from './failure.js';
import type { HoldReason, SkipReason } from './reason-code.js';
import type { Disabled } from './worker-memory.js';

/** What held a run back until now, and how long without a pause. @publicApi */
export interface PastWait {
  readonly reason: HoldReason;
  readonly ms: number;
}

interface RunEventBase {
  readonly at: Date;
  readonly worker: string;
  readonly runId: string;
  /** What holds the run back no more, where something did. */
  readonly waited?: PastWait;
}

/** Something that happened to a run. @publicApi */
export type RunEvent = RunEventBase &
  (
    | {
        readonly type: 'run.due';
        readonly scheduledAt: Date;
        readonly missedCount: number;
        /** W3C trace context of who triggered it, where that is traced. */
        readonly traceparent?: string;
      }
    | { readonly type: 'run.waiting'; readonly reason: HoldReason; readonly heldBy?: string }
    | { readonly type: 'run.started'; readonly attempt: number; readonly latenessMs: number }
    | { readonly type: 'run.progress'; readonly fraction: number; readonly message?: string }
    | {
        readonly type: 'run.retrying';
        readonly attempt: number;
        readonly outcome: 'failed' | 'timed-out' | 'lost';
        readonly failure?: Failure;
        readonly delayMs: number;
      }
    | { readonly type: 'run.succeeded'; readonly attempts: number; readonly durationMs: number }
    | {
        readonly type: 'run.failed' | 'run.timed-out' | 'run.lost';
        readonly attempts: number;
        readonly durationMs: number;
        readonly failure?: Failure;
      }
    | { readonly type: 'run.cancelled'; readonly why: string }
    | { readonly type: 'run.abandoned'; readonly attempt: number; readonly holdsPlace: boolean }
  );

/** Due instants that started nothing, or a run that ended without doing its work. @publicApi */
export interface SkippedEvent {
  readonly type: 'run.skipped';
  readonly at: Date;
  readonly worker: string;
  /** The run that ended so, or that stands for the due instants; none where they became no run. */
  readonly runId?: string;
  /** What holds the run back no more, where something did. */
  readonly waited?: PastWait;
  /** The run waits on, and stands for these due instants besides its own. */
  readonly isStandIn?: true;
  readonly reason: SkipReason;
  readonly why?: string;
  /** The first of the due instants. */
  readonly scheduledAt: Date;
  /** How many due instants. */
  readonly count: number;
}

/** Something that happened to a worker. @publicApi */
export type WorkerEvent = { readonly at: Date; readonly worker: string } & (
  | {
      readonly type:
        | 'worker.registered'
        | 'worker.unregistered'
        | 'worker.updated'
        | 'worker.enabled'
        | 'worker.paused'
        | 'worker.resumed'
        | 'worker.probing';
    }
  | { readonly type: 'worker.disabled'; readonly by: Disabled['by']; readonly reason: string }
  | { readonly type: 'worker.overdue'; readonly reason: HoldReason; readonly dueAt: Date }
);

/** Something that happened to the orchestrator. @publicApi */
export type LifeCycleEvent = { readonly at: Date } & (
  | {
      readonly type:
        | 'orchestrator.started'
        | 'orchestrator.paused'
        | 'orchestrator.resumed'
        | 'orchestrator.draining'
        | 'orchestrator.stopped'
        | 'engine.recovered';
    }
  | { readonly type: 'engine.unavailable'; readonly problem: string }
  | { readonly type: 'leader.elected'; readonly replica: string; readonly term: number }
  /** This replica leads no more. */
  | {
      readonly type: 'leader.lost';
      readonly replica: string;
      readonly term: number;
      readonly why: string;
    }
);

/** @publicApi */
export type OrchestratorEvent = RunEvent | SkippedEvent | WorkerEvent | LifeCycleEvent;

/** @publicApi */
export type OrchestratorEventType = OrchestratorEvent['type'];

/** The end of a run, or a skip that may have been one. */
export type EndingEvent = Extract<
  OrchestratorEvent,
  {
    readonly type:
      | 'run.succeeded'
      | 'run.failed'
      | 'run.timed-out'
      | 'run.lost'
      | 'run.cancelled'
      | 'run.skipped';
  }
>;

const ENDING_TYPES: ReadonlySet<string> = new Set<EndingEvent['type']>([
  'run.succeeded',
  'run.failed',
  'run.timed-out',
  'run.lost',
  'run.cancelled',
  'run.skipped',
]);

export function isEnding(event: OrchestratorEvent): event is EndingEvent {
  return ENDING_TYPES.has(event.type);
}
