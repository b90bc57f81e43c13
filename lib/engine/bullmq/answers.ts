import type { Job, Queue } from 'bullmq';
import { EngineUnavailableError } from '../../core/errors.js';
import type { Alarm, Alarms } from '../../execution/alarms.js';
import type { Clock } from '../../execution/clock.js';
import { within } from './deadline.js';
import { errorOf } from './error-image.js';
import { runIdOf, type Answer, type Command, type Message } from './messages.js';

const FIRST_LOOK_AFTER_MS = 1_000;
const LONGEST_BETWEEN_LOOKS_MS = 10_000;

/** Where the end of a run may be known sooner than by the store's answer. */
export interface KnownHere {
  readonly end: Promise<unknown>;
  /** Whether it will be. */
  readonly isSure: () => boolean;
  /** Where it will not be, and the store has no question for it. */
  readonly ask: () => void;
}

interface Question {
  readonly onAccepted: (runId: string) => void;
  readonly onAnswer: (answer: Answer, runId: string) => void;
  readonly onLost: (error: Error) => void;
  readonly here: KnownHere | undefined;
  /** When a look first found that a leader had picked it up. */
  pickedUpAt: number | undefined;
  lookAgainAt: number;
  waitMs: number;
}

/** Answers of whoever leads. The news of them is a hint: what has not come is looked up. */
export class Answers {
  private readonly questions = new Map<string, Set<Question>>();
  /** Not known to be in the store: that it has not got them does not mean that it has lost them. */
  private readonly unsent = new Set<string>();
  private alarm: Alarm | undefined;
  private isStopped = false;

  constructor(
    private readonly queue: Queue,
    private readonly patienceMs: number,
    private readonly alarms: Alarms,
    private readonly clock: Clock,
  ) {}

  hear(message: Message): void {
    if (message.type === 'accepted') {
      this.unsent.delete(message.command);
      for (const { onAccepted } of this.questions.get(message.command) ?? []) {
        onAccepted(message.runId);
      }
    } else if (message.type === 'answered' && this.questions.has(message.command)) {
      void this.lookUp(message.command);
    }
  }

  /** The run that a trigger has become; rejects with what it was refused with. */
  accepted(id: string): Promise<string> {
    return this.ask(id, (question, resolve, reject) => ({
      ...question,
      onAccepted: resolve,
      onAnswer: (answer, runId) => {
        if ('error' in answer) reject(errorOf(answer.error));
        else resolve(runId);
      },
    }));
  }

  /** @param here once its end is known, it is asked for no more */
  answer(id: string, here?: KnownHere): Promise<unknown> {
    return this.ask<unknown>(
      id,
      (question, resolve, reject) => ({
        ...question,
        onAnswer: (given) => {
          if ('error' in given) reject(errorOf(given.error));
          else resolve(given.value);
        },
      }),
      here,
    );
  }

  isAsked(id: string): boolean {
    return this.questions.has(id);
  }

  /** Nobody waits any more. */
  forget(id: string): void {
    this.questions.delete(id);
    this.unsent.delete(id);
  }

  /** What fails may be on its way yet. */
  async whileSending(id: string, sending: Promise<unknown>): Promise<void> {
    if (this.questions.has(id)) this.unsent.add(id);
    await sending;
    this.unsent.delete(id);
  }

  stop(): void {
    this.isStopped = true;
    if (this.alarm !== undefined) this.alarms.clear(this.alarm);
    for (const questions of this.questions.values()) {
      for (const { onLost } of questions) onLost(stopped());
    }
    this.questions.clear();
  }

  private ask<Value>(
    id: string,
    make: (
      question: Question,
      resolve: (value: Value) => void,
      reject: (error: unknown) => void,
    ) => Question,
    here?: KnownHere,
  ): Promise<Value> {
    const promise = new Promise<Value>((resolve, reject) => {
      if (this.isStopped) {
        reject(stopped());
        return;
      }
      const plain: Question = {
        onAccepted: () => undefined,
        onAnswer: () => undefined,
        onLost: reject,
        here,
        pickedUpAt: undefined,
        lookAgainAt: this.clock.now() + FIRST_LOOK_AFTER_MS,
        waitMs: FIRST_LOOK_AFTER_MS,
      };
      const question = make(plain, resolve, reject);
      const questions = this.questions.get(id) ?? new Set();
      this.questions.set(id, questions.add(question));
      const drop = (): void => {
        this.drop(id, question);
      };
      here?.end.then(drop, drop);
    });
    promise.catch(() => undefined);
    this.lookLater();
    return promise;
  }

  private drop(id: string, question: Question): void {
    const questions = this.questions.get(id);
    questions?.delete(question);
    if (questions?.size === 0) this.forget(id);
  }

  private lookLater(): void {
    if (this.alarm !== undefined || this.questions.size === 0) return;
    this.alarm = this.alarms.set(this.clock.now() + FIRST_LOOK_AFTER_MS, () => {
      this.alarm = undefined;
      const now = this.clock.now();
      for (const [id, questions] of this.questions) {
        const due = [...questions].filter(
          ({ lookAgainAt, here }) => lookAgainAt <= now && here?.isSure() !== true,
        );
        for (const question of due) {
          question.waitMs = Math.min(question.waitMs * 2, LONGEST_BETWEEN_LOOKS_MS);
          question.lookAgainAt = now + question.waitMs;
        }
        if (due.length > 0) void this.lookUp(id);
      }
      this.lookLater();
    });
  }

  /** Looks now for an answer that may be there already. */
  private async lookUp(id: string): Promise<void> {
    const wasSent = !this.unsent.has(id);
    try {
      const found = this.queue.getJob(id);
      const job = await within(this.patienceMs, 'looking for an answer', found);
      if (job !== undefined) this.learn(id, job as Job<Command, Answer>);
      else this.miss(id, wasSent);
    } catch {
      // The next look will tell.
    }
  }

  /** What the store has of the command. */
  learn(id: string, job: Job<Command, Answer>): void {
    this.unsent.delete(id);
    for (const question of [...(this.questions.get(id) ?? [])]) {
      if (job.finishedOn !== undefined) {
        this.drop(id, question);
        question.onAnswer(answerIn(job), runIdOf(job));
      }
      // Whoever refuses it has picked it up, too, but needs no longer for that than its lease may take to be renewed.
      else if (job.data.type === 'trigger' && job.processedOn !== undefined) {
        const now = this.clock.now();
        question.pickedUpAt ??= now;
        if (now - question.pickedUpAt >= this.patienceMs) question.onAccepted(runIdOf(job));
      }
    }
  }

  private miss(id: string, wasSent: boolean): void {
    for (const question of [...(this.questions.get(id) ?? [])]) {
      const { here } = question;
      if (here !== undefined) {
        if (!here.isSure()) here.ask();
      } else if (wasSent) {
        this.drop(id, question);
        question.onLost(new EngineUnavailableError('the store has lost the answer'));
      }
    }
  }
}

function stopped(): EngineUnavailableError {
  return new EngineUnavailableError('this replica has stopped, and hears of no answer');
}

function answerIn(job: Job<Command, Answer>): Answer {
  if (!job.failedReason) return job.returnvalue;
  return { error: { name: 'Error', message: job.failedReason } };
}
