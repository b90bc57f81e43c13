import { randomBytes } from 'node:crypto';
import type { Job } from 'bullmq';
import { DeadlockError, EngineUnavailableError } from '../../core/errors.js';
import type { TriggerRequest } from '../../core/life-cycle/trigger-run.js';
import type { RunView } from '../../core/view/run-view.js';
import { failureLine, normaliseFailure } from '../../execution/normalise-failure.js';
import type { RunEnding } from '../in-process/run-endings.js';
import type { Answers } from './answers.js';
import { within } from './deadline.js';
import type { LeadingReplica } from './leader.js';
import type { Answer, Command, Order, TriggerCommand } from './messages.js';
import type { Store } from './store.js';
import { unpacked } from './wire.js';

const AGAIN_AFTER_MS = 500;
const WITHDRAWN: Order = { type: 'withdrawn' };

/** A run that was accepted. */
export interface TriggeredRun {
  readonly runId: string;
  /** How it ends. */
  readonly ended: () => Promise<unknown>;
}

type Runs = ReadonlyMap<string, RunView>;

/** What a replica asks of the leader: itself where it leads, and through the store otherwise. */
export class Asking {
  /** Triggers that are accepted here, and on their way to the store. */
  private readonly onTheirWay = new Map<string, Promise<void>>();
  /** The runs that are asked for in this turn. */
  private question: { readonly ids: Set<string>; readonly answer: Promise<Runs> } | undefined;

  constructor(
    private readonly store: Store,
    private readonly answers: Answers,
    private readonly leading: () => LeadingReplica | undefined,
    private readonly patienceMs: number,
    /** Long enough for a new leader to be found. */
    private readonly answerWithinMs: number,
    /** The time by the store's clock. */
    private readonly storeTime: () => number,
  ) {}

  async trigger(worker: string, request: TriggerRequest): Promise<TriggeredRun> {
    const id = newId();
    const command: TriggerCommand = { type: 'trigger', worker, request, at: this.storeTime() };
    const leader = this.leading();
    return leader === undefined
      ? this.triggerThere(id, command)
      : this.triggerHere(leader, id, command);
  }

  /** @param mostMs how long the answer is waited for, if less than a new leader may take to be found */
  order(command: Order, mostMs = this.answerWithinMs): Promise<unknown> {
    const expiresAt = this.storeTime() + mostMs;
    const what = `the answer to "${command.type}"`;
    return this.ask(command, (answer) => within(mostMs, what, answer), expiresAt);
  }

  /** Those that are asked for in one turn are one command: a live page asks for hundreds at once. */
  async run(id: string): Promise<RunView | undefined> {
    this.question ??= this.askForRuns();
    const { ids, answer } = this.question;
    ids.add(id);
    return (await answer).get(id);
  }

  /**
   * How a triggered run has ended.
   *
   * @param waiter the run inside which is waited
   */
  ended(run: TriggeredRun, waiter: string | undefined): Promise<unknown> {
    const { runId } = run;
    const ended = run.ended();
    if (waiter === undefined) return ended;
    return new Promise((resolve, reject) => {
      ended.then(resolve, reject);
      this.watchOver({ type: 'await', waiter, awaited: runId }, ended).catch(reject);
    });
  }

  /** @throws DeadlockError where the wait would have no end */
  private async watchOver(wait: Order, ended: Promise<unknown>): Promise<void> {
    const isOver = ended.then(
      () => true,
      () => true,
    );
    do {
      try {
        await this.ask(wait, (answer) => Promise.race([answer, ended]));
        return;
      } catch (error) {
        if (error instanceof DeadlockError) throw error;
      }
      // Whoever leads now may not know of it.
    } while ((await Promise.race([isOver, aMoment()])) !== true);
  }

  private askForRuns(): { readonly ids: Set<string>; readonly answer: Promise<Runs> } {
    const ids = new Set<string>();
    const ask = async (): Promise<Runs> => {
      await Promise.resolve();
      this.question = undefined;
      const runs = (await this.order({ type: 'run', runIds: [...ids] })) as RunView[];
      return new Map(runs.map((run) => [run.id, run]));
    };
    return { ids, answer: ask() };
  }

  private async triggerHere(
    leader: LeadingReplica,
    id: string,
    command: TriggerCommand,
  ): Promise<TriggeredRun> {
    const { runId, ending, storing } = leader.desk.triggerHere(id, command);
    const ended = (): Promise<unknown> => this.endedHere(leader, runId, ending);
    if (runId !== id) {
      try {
        await this.onTheirWay.get(runId);
      } catch {
        // The run that an equal key stood for is none.
        return this.trigger(command.worker, command.request);
      }
      return { runId, ended };
    }
    const isOver = (): boolean => ending.isSettled;
    const kept = this.keep(leader, id, command, isOver, storing).finally(() =>
      this.onTheirWay.delete(id),
    );
    this.onTheirWay.set(id, kept);
    await kept;
    return { runId, ended };
  }

  /** What has begun is kept by its attempt, and what waits by a job of its own. */
  private async keep(
    leader: LeadingReplica,
    id: string,
    command: TriggerCommand,
    isOver: () => boolean,
    storing: Promise<void> | undefined,
  ): Promise<void> {
    try {
      const isKept = storing !== undefined && (await this.isKept(leader, storing));
      if (isKept || isOver()) {
        leader.desk.noJobComes(id);
        return;
      }
      await this.send(id, { ...command, isAccepted: true });
    } catch (error) {
      leader.desk.revoke(id);
      await this.withdraw(id);
      throw error;
    }
  }

  /** Whether whoever leads next will find the attempt, where that is needed: not where it leads already. */
  private async isKept(leader: LeadingReplica, storing: Promise<void>): Promise<boolean> {
    try {
      await within(this.patienceMs, 'the store', storing);
      // Whoever leads since then may have looked before the store had it.
      return leader.reign.leads;
    } catch (error) {
      if (leader.reign.leads) throw error;
      return false;
    }
  }

  private async triggerThere(id: string, command: TriggerCommand): Promise<TriggeredRun> {
    const what = `the trigger of worker "${command.worker}"`;
    const accepted = this.answers.accepted(id);
    // From now on, as the store does not keep it for ever.
    const answer = this.answers.answer(id);
    const expiresAt = this.storeTime() + this.answerWithinMs;
    const sent = this.send(id, { ...command, expiresAt });
    // Nobody asks for a refusal again.
    accepted.catch(() => sent.then(() => this.withdraw(id))).catch(() => undefined);
    // It may be heard of before the store says that it has it.
    const heard = Promise.race([accepted, sent.then(() => accepted)]);
    try {
      const runId = await within(this.answerWithinMs, what, heard).catch((error: unknown) => {
        // Whether it is accepted that is picked up just then is known a lease later.
        const leftMs = Math.max(0, expiresAt - this.storeTime()) + 1.5 * this.patienceMs;
        return within(leftMs, what, Promise.race([accepted, this.found(id, accepted, error)]));
      });
      return { runId, ended: () => answer };
    } catch (error) {
      this.answers.forget(id);
      throw error;
    }
  }

  /**
   * What the store did not confirm, or nobody answered in time, may have been accepted all the same. Otherwise it will
   * not be: whoever is told so should not find that it runs.
   *
   * @throws `reason` where it is not accepted
   */
  private async found(id: string, accepted: Promise<string>, reason: unknown): Promise<string> {
    const isKnown = accepted.then(
      () => true,
      () => true,
    );
    do {
      if ((await this.isTakenUp(id).catch(() => undefined)) === false) throw reason;
      // The store does not say, or not yet whether it is refused.
    } while ((await Promise.race([isKnown, aMoment()])) !== true && this.answers.isAsked(id));
    return accepted;
  }

  /** Whether a leader has taken up the trigger; otherwise none will. */
  private async isTakenUp(id: string): Promise<boolean> {
    const queue = this.store.queue('commands');
    const asked = <Told>(told: Promise<Told>): Promise<Told> =>
      within(this.patienceMs, 'looking for a trigger', told);
    let job = (await asked(queue.getJob(id))) as Job<Command, Answer> | undefined;
    if (job === undefined) {
      // Should it be on its way yet, it finds its place taken.
      await asked(queue.add(WITHDRAWN.type, WITHDRAWN, { jobId: id }));
      job = (await asked(queue.getJob(id))) as typeof job;
    }
    if (job?.data.type !== 'trigger') return false;
    if (job.attemptsStarted === 0) {
      return (await asked(queue.remove(id))) !== 1 && this.isTakenUp(id);
    }
    this.answers.learn(id, job);
    return true;
  }

  /** Should this replica lead no more by then, whoever does is asked. */
  private endedHere(leader: LeadingReplica, runId: string, ending: RunEnding): Promise<unknown> {
    if (ending.isSettled) return ending.wait();
    const end = ending.wait();
    const answer = this.answers.answer(runId, {
      end,
      isSure: () => !leader.reign.isOver,
      ask: () => void this.send(runId, { type: 'follow' }).catch(() => undefined),
    });
    return Promise.race([end, answer]);
  }

  private async ask(
    command: Order,
    bounded: (answer: Promise<unknown>) => Promise<unknown>,
    expiresAt?: number,
  ): Promise<unknown> {
    const leader = this.leading();
    if (leader !== undefined) return bounded(leader.desk.obey(command));
    const id = newId();
    const answer = this.answers.answer(id);
    try {
      const job = expiresAt === undefined ? command : { ...command, expiresAt };
      const value = await bounded(this.send(id, job).then(() => answer));
      return typeof value === 'string' ? unpacked(value) : value;
    } finally {
      // Once nobody waits for its answer, it is of no use to anybody, and must not be obeyed later.
      this.answers.forget(id);
      void this.withdraw(id);
    }
  }

  private async send(id: string, command: Command): Promise<void> {
    const sent = this.store.queue('commands').add(command.type, command, { jobId: id });
    try {
      await within(this.patienceMs, 'the store', this.answers.whileSending(id, sent));
    } catch (error) {
      if (error instanceof EngineUnavailableError) throw error;
      throw new EngineUnavailableError(failureLine(normaliseFailure(error)), error);
    }
  }

  private async withdraw(id: string): Promise<void> {
    const removed = this.store.queue('commands').remove(id);
    await within(this.patienceMs, 'withdrawing a command', removed).catch(() => undefined);
  }
}

function aMoment(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER_MS).unref());
}

function newId(): string {
  // BullMQ refuses ids of digits alone, which one in two thousand would be without the letter.
  return `c${randomBytes(8).toString('hex')}`;
}
