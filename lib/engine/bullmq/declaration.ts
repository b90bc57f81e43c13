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

/** Which workers a replica has. */
export interface Introduction {
  readonly replica: string;
  /** Rises with each change there: one that comes late is of no use. */
  readonly revision: number;
  readonly declarations: Declarations;
}

/** The workers of this application as it declares them; changes by calls are the leader's to keep. */
export class DeclaredWorkers {
  /** Rises with each change. */
  revision = 0;
  private readonly all = new Map<string, Declaration>();

  has(name: string): boolean {
    return this.all.has(name);
  }

  /** @param at in steady time */
  declare(definition: WorkerDefinition, at: number): void {
    this.revision++;
    this.all.set(definition.name, { text: textOf(definition), at });
  }

  remove(name: string): void {
    this.revision++;
    this.all.delete(name);
  }

  /** @param offset the store's clock minus steady time */
  introduce(replica: string, offset: number): Introduction {
    const declarations = Object.fromEntries(
      [...this.all].map(([name, { text, at }]) => [name, { text, at: at + offset }]),
    );
    return { replica, revision: this.revision, declarations };
  }
}

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
