import assert from 'node:assert/strict';
import type { RunContext } from '../../../../lib/execution/run-context.js';
import { conflict } from '../../core/model/model-gates.js';
import type { ModelAttempt, ModelState } from '../../core/model/model-state.js';
import { Body, resultOf } from './bodies.js';
import type { EngineLedger } from './engine-ledger.js';

/** A worker's function at work, and the attempt that the model takes it for. */
export interface LiveBody {
  readonly body: Body;
  readonly attempt: ModelAttempt;
}

/** The workers' functions: they count themselves, as an application's would whose work must not overlap. */
export class LiveBodies {
  readonly all = new Set<LiveBody>();
  /** Those that begin from now on return by themselves. */
  areAllQuick = false;

  constructor(
    private readonly model: ModelState,
    private readonly ledger: EngineLedger,
    /** Resolves when it is its turn. */
    private readonly turn: (label: string) => Promise<unknown>,
    private readonly fault: (error: unknown) => void,
  ) {}

  async call(run: RunContext, isQuick: boolean): Promise<string> {
    const live = this.begin(run);
    try {
      const turn = (): Promise<unknown> => this.turn(`${run.worker} goes on`);
      if (!isQuick && !this.mayBeQuick(live)) return await live.body.obey(turn);
      await turn();
      return resultOf(run);
    } finally {
      live.body.hasSettled = true;
      this.ledger.settle(live.attempt);
      this.all.delete(live);
    }
  }

  private mayBeQuick({ attempt }: LiveBody): boolean {
    return this.areAllQuick && attempt.run.worker.definition.schedule.kind !== 'continuous';
  }

  private begin(run: RunContext): LiveBody {
    try {
      const live = { body: new Body(run), attempt: this.ledger.begin(run) };
      this.all.add(live);
      this.count(live);
      return live;
    } catch (error) {
      this.fault(error);
      throw error;
    }
  }

  /** Whatever has not settled counts, unless it was given up and the policy frees what it held. */
  private count({ attempt }: LiveBody): void {
    const { worker } = attempt.run;
    const { name, concurrency, groups } = worker.definition;
    const live = [...this.all].filter((each) => each.attempt.holds);
    const workers = live.map((each) => each.attempt.run.worker);
    const own = workers.filter((other) => other === worker);
    assert(own.length <= concurrency, `I1: ${own.length} of ${name} are live`);
    const blocked = workers.find((other) => conflict(worker, other));
    assert(blocked === undefined, `I2: ${name} runs beside ${blocked?.definition.name}`);
    const { maxConcurrentWorkers, groups: limits } = this.model.limits;
    assert(live.length <= maxConcurrentWorkers, `I3: ${live.length} are live`);
    for (const group of groups) {
      const members = workers.filter(({ definition }) => definition.groups.includes(group));
      assert(members.length <= limits.get(group)!, `I3: ${members.length} of ${group} are live`);
    }
  }
}
