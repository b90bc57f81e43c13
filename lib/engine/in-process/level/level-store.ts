import { ClassicLevel } from 'classic-level';
import type { WorkerMemory } from '../../../core/worker-memory.js';
import type { StateStore } from '../../state-store.js';

/** @publicApi */
export interface LevelStoreOptions {
  /** The folder that the store has for itself; it is made if missing. */
  readonly path: string;
}

/**
 * Keeps the orchestrator's state in a LevelDB folder: it outlives restarts and killed processes. A machine that loses
 * power may lose the last moments. One process at a time; a second one fails to start.
 *
 * Needs the package `classic-level`.
 *
 * @example
 * ```ts
 * OrchestratorModule.forRoot({ engine: inProcess({ store: levelStore({ path: './data/orchestrator' }) }) })
 * ```
 * @publicApi
 */
export function levelStore({ path }: LevelStoreOptions): StateStore {
  return new LevelStore(path);
}

class LevelStore implements StateStore {
  private readonly level: ClassicLevel<string, WorkerMemory>;

  constructor(private readonly path: string) {
    this.level = new ClassicLevel(path, { keyEncoding: 'utf8', valueEncoding: 'json' });
  }

  async load(): Promise<WorkerMemory[]> {
    try {
      await this.level.open();
    } catch (error) {
      throw new Error(this.problemOf(error), { cause: error });
    }
    return this.level.values().all();
  }

  async save(memories: readonly WorkerMemory[]): Promise<void> {
    await this.level.batch(
      memories.map((memory) => ({ type: 'put', key: memory.worker, value: memory })),
    );
  }

  async close(): Promise<void> {
    await this.level.close();
  }

  private problemOf(error: unknown): string {
    const cause =
      error instanceof Error ? (error.cause as { code?: string } | undefined) : undefined;
    return cause?.code === 'LEVEL_LOCKED'
      ? `another process uses ${this.path}; give each its own folder`
      : `${this.path} cannot be opened as a LevelDB folder`;
  }
}
