import type { LoggerService } from '@nestjs/common';
import { EngineUnavailableError } from '../../core/errors.js';
import type { WorkerMemory } from '../../core/worker-memory.js';
import type { Alarm, Alarms } from '../../execution/alarms.js';
import type { Clock } from '../../execution/clock.js';
import type { StateStore } from '../state-store.js';

const RETRY_AFTER_MS = 1_000;

const NOTHING_NEW: readonly WorkerMemory[] = [];

interface Outage {
  begin(problem: string): void;
  end(): void;
}

/** Saves what changed before its consequences happen; goes on trying where the store fails. */
export class MemoryKeeper {
  private readonly unsaved = new Map<string, WorkerMemory>();
  private retry: Alarm | undefined;

  constructor(
    private readonly store: StateStore,
    private readonly alarms: Alarms,
    private readonly clock: Clock,
    private readonly logger: LoggerService,
    private readonly outage: Outage,
  ) {}

  /** @throws EngineUnavailableError */
  async load(): Promise<ReadonlyMap<string, WorkerMemory>> {
    try {
      const memories = await this.store.load();
      return new Map(memories.map((memory) => [memory.worker, memory]));
    } catch (error) {
      throw new EngineUnavailableError('its state store cannot be read', error);
    }
  }

  /** Done when it returns, or when the promise resolves that it returns; that never rejects. */
  save(memories: readonly WorkerMemory[]): Promise<void> | undefined {
    for (const memory of memories) this.unsaved.set(memory.worker, memory);
    const saving = [...this.unsaved.values()];
    try {
      const saved = this.store.save(saving);
      if (saved === undefined) {
        this.succeeded(saving);
        return undefined;
      }
      return saved.then(
        () => {
          this.succeeded(saving);
        },
        (error: unknown) => {
          this.failed(error);
        },
      );
    } catch (error) {
      this.failed(error);
      return undefined;
    }
  }

  /** Tries once more where something is unsaved, then closes the store. */
  async close(): Promise<void> {
    if (this.retry !== undefined) this.alarms.clear(this.retry);
    this.retry = undefined;
    try {
      if (this.unsaved.size > 0) await this.store.save([...this.unsaved.values()]);
      await this.store.close?.();
    } catch (error) {
      this.logger.error(`The state store failed while closing: ${messageOf(error)}`);
    }
  }

  private succeeded(saved: readonly WorkerMemory[]): void {
    for (const memory of saved) {
      if (this.unsaved.get(memory.worker) === memory) this.unsaved.delete(memory.worker);
    }
    if (this.unsaved.size === 0) this.outage.end();
  }

  private failed(error: unknown): void {
    const problem = `the state store cannot be written (${messageOf(error)})`;
    this.outage.begin(problem);
    this.retry ??= this.alarms.set(this.clock.now() + RETRY_AFTER_MS, () => {
      this.retry = undefined;
      void this.save(NOTHING_NEW);
    });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown error';
}
