import type { WorkerMemory } from '../../lib/core/worker-memory.js';
import type { StateStore } from '../../lib/engine/state-store.js';
import { deferred } from './engine-lab.js';

/** A store in memory that the test can break, slow down, or look into; what it holds outlives an engine. */
export class FakeStore implements StateStore {
  held = new Map<string, WorkerMemory>();
  saves = 0;
  loads = 0;
  closes = 0;
  /** Calls of `save` that go on now, and the most there were at once. */
  going = 0;
  mostGoing = 0;
  loadFault: unknown;
  saveFault: unknown;
  /** Waits of the asynchronous variant; a hanging one never ends. */
  slow: () => Promise<void> = () => Promise.resolve();
  closing: () => Promise<void> = () => Promise.resolve();
  onSave: () => void = () => undefined;

  constructor(private readonly variant: 'sync' | 'async') {}

  /** As a process would find it that is started after this one was killed now. */
  copy(): FakeStore {
    const copy = new FakeStore(this.variant);
    copy.held = new Map(this.held);
    return copy;
  }

  load(): readonly WorkerMemory[] | Promise<readonly WorkerMemory[]> {
    this.loads++;
    const load = (): readonly WorkerMemory[] => {
      if (this.loadFault !== undefined) throw this.loadFault;
      return structuredClone([...this.held.values()]);
    };
    return this.variant === 'sync' ? load() : this.slow().then(load);
  }

  save(memories: readonly WorkerMemory[], forgotten: readonly string[]): void | Promise<void> {
    this.saves++;
    const copies = structuredClone(memories);
    const save = (): void => {
      if (this.saveFault !== undefined) throw this.saveFault;
      for (const memory of copies) this.held.set(memory.worker, memory);
      for (const worker of forgotten) this.held.delete(worker);
      this.onSave();
    };
    if (this.variant === 'sync') {
      save();
      return;
    }
    this.mostGoing = Math.max(this.mostGoing, ++this.going);
    return this.slow()
      .then(save)
      .finally(() => this.going--);
  }

  close(): void | Promise<void> {
    this.closes++;
    return this.variant === 'sync' ? undefined : this.closing();
  }

  /** The next calls wait until this is resolved. */
  hold(): { release: () => void } {
    const { promise, resolve } = deferred();
    this.slow = () => promise;
    return {
      release: () => {
        this.slow = () => Promise.resolve();
        resolve();
      },
    };
  }
}
