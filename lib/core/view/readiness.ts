import type { OrchestratorPhase, SchedulerState } from '../state/scheduler-state.js';

/** Whether runs can be accepted and started, as far as this process knows. @publicApi */
export interface Readiness {
  readonly state: OrchestratorPhase;
  /** What keeps the engine from working, where something does. */
  readonly engineProblem?: string;
}

export function viewReadiness({ phase, outage }: SchedulerState): Readiness {
  return { state: phase, ...(outage !== undefined && { engineProblem: outage.problem }) };
}
