import type { LoggerService } from '@nestjs/common';
import { EngineUnavailableError } from '../../core/errors.js';
import type { WorkerMemory } from '../../core/worker-memory.js';
import type { Alarm, Alarms } from '../../execution/alarms.js';
import type { Clock } from '../../execution/clock.js';
import { failureLine, normaliseFailure } from '../../execution/normalise-failure.js';
import type { StateStore } from '../state-store.js';
import { readMemories } from './read-memories.js';
import { SaveProgress } from './save-progress.js';
import { LONGEST_ANSWER_MS, NO_ANSWER, StorePatience } from './store-patience.js';

const RETRY_AFTER_MS = 1_000;
/** Workers that were unregistered, and are remembered all the same. */
const MOST_GONE = 1_000;

type Changes = Parameters<StateStore['save']>;

interface KeeperListener {
  /** More was saved: see {@link MemoryKeeper.savedThrough}. */
  saved(): void;
  outageBegan(problem: string): void;
  outageEnded(): void;
}

/**
 * Saves what changed, and goes on trying where the store fails. There is one call of the store at a time, so that an
 * older memory can never overwrite a newer one; what changes meanwhile goes with the next.
 */
export class MemoryKeeper {
  /** The newest of each worker, saved or not. */
  private readonly newest = new Map<string, WorkerMemory>();
  /** Those that were unregistered, the earliest first. */
  private readonly gone = new Set<string>();
  /** Those of them that too many others have left after; told to the store with what it is given next. */
  private forgotten: string[] = [];
  private readonly unsaved = new Set<string>();
  private isOpen = false;
  private opening: Promise<void> | undefined;
  private closing: Promise<void> | undefined;
  /** The call of `load()` that goes on; settles with it, never rejects. */
  private loading: Promise<unknown> | undefined;
  /** The call of `save()` that goes on; settles with it, never rejects. */
  private writing: Promise<void> | undefined;
  private isFailing = false;
  /** The next try; or, while a call goes on, the end of the patience with it. */
  private alarm: Alarm | undefined;
  private readonly progress = new SaveProgress();
  private readonly patience: StorePatience;
  /** Whether what a former process left is known. */
  hasLoaded = false;

  constructor(
    private readonly store: StateStore,
    private readonly alarms: Alarms,
    private readonly clock: Clock,
    private readonly logger: LoggerService,
    private readonly listener: KeeperListener,
  ) {
    this.patience = new StorePatience(alarms, clock);
  }

  get memories(): ReadonlyMap<string, WorkerMemory> {
    return this.newest;
  }

  /** The number of the latest {@link save} whose memories a killed process would find again. */
  get savedThrough(): number {
    return this.progress.saved;
  }

  get askedThrough(): number {
    return this.progress.asked;
  }

  /** @throws EngineUnavailableError; it may be called again */
  open(): Promise<void> {
    this.opening ??= this.load().finally(() => {
      this.opening = undefined;
    });
    return this.opening;
  }

  /** @returns the number of this save */
  save(memories: readonly WorkerMemory[]): number {
    const number = this.progress.ask();
    for (const memory of memories) {
      this.newest.set(memory.worker, memory);
      this.unsaved.add(memory.worker);
    }
    if (!this.isFailing) this.write();
    return number;
  }

  /** The worker was unregistered. It is remembered, as it may come back, unless many others leave after it. */
  leave(worker: string): void {
    if (!this.newest.has(worker)) return;
    this.gone.add(worker);
    if (this.gone.size <= MOST_GONE) return;
    const [first = worker] = this.gone;
    this.gone.delete(first);
    this.newest.delete(first);
    this.unsaved.delete(first);
    this.forgotten.push(first);
  }

  /** A worker of this name was registered. */
  join(worker: string): void {
    this.gone.delete(worker);
    this.forgotten = this.forgotten.filter((name) => name !== worker);
  }

  /** Resolves when everything until now is saved; soon, and all the same, where the store fails. */
  async settled(): Promise<void> {
    if (this.writing !== undefined && !this.isFailing) await this.progress.wait();
  }

  /** Tries once more where something is unsaved, then closes the store. Never rejects, but may hang with the store. */
  close(): Promise<void> {
    this.closing ??= this.shut().finally(() => {
      this.closing = undefined;
    });
    return this.closing;
  }

  /** The orchestrator has stopped: who still waits for the store waits no longer. */
  giveUp(): void {
    this.patience.lose('it has not answered before the orchestrator was stopped');
  }

  private async load(): Promise<void> {
    try {
      // It may hang, and there is to be one call at a time.
      const former = this.closing ?? this.loading;
      if (former !== undefined) await this.patience.wait(former);
      if (this.isOpen) return;
      const memories = readMemories(await this.patience.wait(this.callLoad()));
      // What this process knows already is newer.
      for (const memory of memories) {
        if (!this.newest.has(memory.worker)) this.newest.set(memory.worker, memory);
      }
    } catch (error) {
      throw new EngineUnavailableError(`its state store cannot be read (${lineOf(error)})`, error);
    }
    this.hasLoaded = true;
    this.isOpen = true;
    this.write();
  }

  private callLoad(): Promise<unknown> {
    const answer = Promise.resolve(this.store.load());
    const over = (): void => {
      this.loading = undefined;
    };
    this.loading = answer.then(over, over);
    return answer;
  }

  private write(): void {
    if (!this.isOpen || this.writing !== undefined || this.unsaved.size === 0) return;
    const { asked } = this.progress;
    const changes = this.takeUnsaved();
    try {
      const answer = this.store.save(...changes);
      if (answer === undefined) this.succeeded(asked);
      else this.await(answer, asked, changes);
    } catch (error) {
      this.failed(error, changes);
    }
  }

  private await(answer: Promise<void>, asked: number, changes: Changes): void {
    this.setAlarm(LONGEST_ANSWER_MS, () => {
      this.beginOutage(NO_ANSWER);
    });
    this.writing = Promise.resolve(answer).then(
      () => {
        this.writing = undefined;
        this.succeeded(asked);
      },
      (error: unknown) => {
        this.writing = undefined;
        this.failed(error, changes);
      },
    );
  }

  private succeeded(asked: number): void {
    this.clearAlarm();
    this.progress.saveThrough(asked);
    if (this.isFailing) {
      this.isFailing = false;
      this.listener.outageEnded();
    }
    this.write();
    this.listener.saved();
  }

  private failed(error: unknown, changes: Changes): void {
    this.putBack(changes);
    this.clearAlarm();
    if (!this.isOpen) return;
    this.setAlarm(RETRY_AFTER_MS, () => {
      this.write();
    });
    this.beginOutage(lineOf(error));
  }

  private beginOutage(problem: string): void {
    if (this.isFailing) return;
    this.isFailing = true;
    this.progress.giveUp();
    this.listener.outageBegan(`the state store cannot be written (${problem})`);
  }

  private async shut(): Promise<void> {
    this.progress.giveUp();
    this.clearAlarm();
    await this.opening?.catch(() => undefined);
    this.isOpen = false;
    this.clearAlarm();
    await this.loading;
    await this.writing;
    const { asked } = this.progress;
    const changes = this.hasLoaded && this.unsaved.size > 0 ? this.takeUnsaved() : undefined;
    try {
      if (changes !== undefined) await this.store.save(...changes);
      this.progress.saveThrough(asked);
    } catch (error) {
      if (changes !== undefined) this.putBack(changes);
      this.complain(error);
    }
    try {
      await this.store.close?.();
    } catch (error) {
      this.complain(error);
    }
  }

  private complain(error: unknown): void {
    this.logger.error(`The state store failed while closing: ${lineOf(error)}`);
  }

  private takeUnsaved(): Changes {
    const memories = [...this.unsaved].flatMap((name) => this.newest.get(name) ?? []);
    const { forgotten } = this;
    this.unsaved.clear();
    this.forgotten = [];
    return [memories, forgotten];
  }

  private putBack([memories, forgotten]: Changes): void {
    for (const { worker } of memories) if (this.newest.has(worker)) this.unsaved.add(worker);
    for (const worker of forgotten) if (!this.newest.has(worker)) this.forgotten.push(worker);
  }

  private setAlarm(delayMs: number, callback: () => void): void {
    this.alarm = this.alarms.set(this.clock.now() + delayMs, callback);
  }

  private clearAlarm(): void {
    if (this.alarm !== undefined) this.alarms.clear(this.alarm);
    this.alarm = undefined;
  }
}

function lineOf(error: unknown): string {
  return failureLine(normaliseFailure(error));
}
