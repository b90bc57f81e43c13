import type { Effect } from '../../../lib/core/effect.js';
import type { OrchestratorEvent } from '../../../lib/core/event.js';

/** What followed from one command, or from time passing. */
export class Step {
  constructor(
    readonly effects: readonly Effect[],
    /** The run that a trigger accepted. */
    readonly runId = '',
  ) {}

  /** Workers of the attempts that it starts, in order. */
  get started(): string[] {
    return this.effects.flatMap((effect) =>
      effect.type === 'start-attempt' ? [effect.attempt.worker] : [],
    );
  }

  /** Workers of the attempts that it aborts, in order. */
  get aborted(): string[] {
    return this.effects.flatMap((effect) =>
      effect.type === 'abort-attempt' ? [effect.worker] : [],
    );
  }

  get deadlocks(): string[] {
    return this.effects.flatMap((effect) =>
      effect.type === 'deadlock' ? [effect.chain.join(' → ')] : [],
    );
  }

  get events(): OrchestratorEvent[] {
    return this.effects.filter((effect) => 'at' in effect);
  }
}
