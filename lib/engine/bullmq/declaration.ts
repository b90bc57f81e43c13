import type { WorkerDefinition } from '../../core/definition/worker-definition.js';
import { parseCron } from '../../core/schedule/cron-pattern.js';

/** A worker as a replica declares it. */
export interface Declaration {
  /** Equal where the worker is. */
  readonly text: string;
  /** When: in steady time where it is declared, by the store's clock wherever else. */
  readonly at: number;
}

/** By the names of the workers. */
export type Declarations = Readonly<Record<string, Declaration>>;

/** JSON has no functions: `retryIf` is asked where the worker is executed, and a cron pattern is parsed again. */
export function textOf(definition: WorkerDefinition): string {
  return JSON.stringify(definition);
}

export function definitionOf(text: string): WorkerDefinition {
  const definition = JSON.parse(text) as WorkerDefinition;
  const { schedule } = definition;
  if (schedule.kind !== 'cron') return definition;
  const { pattern, timeZone } = schedule.cron;
  return { ...definition, schedule: { ...schedule, cron: parseCron(pattern, timeZone) } };
}
