import {
  JobPriority,
  type HoldReason,
  type OrchestratorStatus,
  type Readiness,
  type WorkerView,
} from '../index.js';
import type { OrchestratorHealthOptions } from './health-options.js';
import { redact } from '../redact.js';

/** One worker that is not as it should be. @publicApi */
export interface WorkerFinding {
  readonly worker: string;
  readonly finding: 'overdue' | 'auto-disabled' | 'abandoned' | 'failing' | 'waiting';
  /** What holds it back. */
  readonly reason?: HoldReason;
  readonly heldBy?: string;
  /** With `showErrors` only. */
  readonly error?: string;
}

/** What a health check says of the orchestrator: no names but those of workers and groups. */
export interface Diagnosis {
  readonly state: OrchestratorStatus['state'];
  readonly paused: boolean;
  readonly engine: 'reachable' | 'unreachable';
  readonly workers: number;
  readonly running: number;
  readonly waiting: number;
  /** What makes it down. */
  readonly problems: readonly WorkerFinding[];
  /** What is not well, but no reason to be down. */
  readonly degraded: readonly WorkerFinding[];
  /** Who waits, and may: by somebody's decision, or for another worker. */
  readonly excused: readonly WorkerFinding[];
}

export function diagnose(
  status: OrchestratorStatus,
  options: OrchestratorHealthOptions,
): Diagnosis {
  const findings = status.workerStates.flatMap((worker) => findingsOf(worker, options));
  const of = (weight: Weight): WorkerFinding[] =>
    findings.filter((each) => each.weight === weight).map(({ finding }) => finding);
  return {
    ...diagnoseEngine(status),
    paused: status.paused,
    workers: status.workers,
    running: status.running,
    waiting: status.waiting,
    problems: of('problem'),
    degraded: of('degraded'),
    excused: of('excused'),
  };
}

/** The part that any replica can tell by itself. */
export function diagnoseEngine({
  state,
  engineProblem,
}: Readiness): Pick<Diagnosis, 'state' | 'engine'> {
  return { state, engine: engineProblem === undefined ? 'reachable' : 'unreachable' };
}

export function isAtWork({ state, engine }: Pick<Diagnosis, 'state' | 'engine'>): boolean {
  return state === 'running' && engine === 'reachable';
}

type Weight = 'problem' | 'degraded' | 'excused';

function findingsOf(
  worker: WorkerView,
  { showErrors }: OrchestratorHealthOptions,
): { readonly weight: Weight; readonly finding: WorkerFinding }[] {
  const { waitingFor, lastError } = worker;
  const wait = waitingFor && {
    reason: waitingFor.reason,
    ...(waitingFor.heldBy !== undefined && { heldBy: waitingFor.heldBy }),
  };
  const error = showErrors === true && lastError !== undefined && { error: errorText(lastError) };
  const found = (
    weight: Weight,
    finding: WorkerFinding['finding'],
    more: Partial<WorkerFinding> | false | undefined,
  ): { weight: Weight; finding: WorkerFinding } => ({
    weight,
    finding: { worker: worker.name, finding, ...more },
  });

  const isCritical = worker.priority === JobPriority.CRITICAL;
  return [
    ...(worker.isOverdue ? [found('problem', 'overdue', wait)] : []),
    ...(worker.disabledBy === 'failures'
      ? [found(isCritical ? 'problem' : 'degraded', 'auto-disabled', error)]
      : []),
    ...(worker.abandoned > 0 ? [found('degraded', 'abandoned', undefined)] : []),
    ...(worker.failures > 0 && worker.enabled ? [found('degraded', 'failing', error)] : []),
    ...(wait !== undefined && !worker.isOverdue ? [found('excused', 'waiting', wait)] : []),
  ];
}

function errorText({ name, message }: NonNullable<WorkerView['lastError']>): string {
  return redact(`${name}: ${message}`);
}
