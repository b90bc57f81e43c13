import type { Orchestrator } from '../api/shapes.js';

/** One process of the application. */
export interface Replica {
  readonly id: string;
  readonly role?: string;
  /** Names of the workers that it runs now. */
  readonly running?: readonly string[];
}

/** What an engine of several processes tells besides. */
export interface Fleet {
  readonly leader?: string;
  readonly term?: number;
  readonly replicas?: readonly Replica[];
}

export function fleetOf(orchestrator: Orchestrator & Fleet): Fleet | undefined {
  const { leader, term, replicas } = orchestrator;
  return leader === undefined && term === undefined && replicas === undefined
    ? undefined
    : orchestrator;
}
