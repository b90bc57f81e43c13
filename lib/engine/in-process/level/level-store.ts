import { ClassicLevel } from 'classic-level';
import { describeValue } from '../../../core/definition/problem.js';
import { OptionsError } from '../../../core/errors.js';
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
 * @throws OptionsError without a path
 * @publicApi
 */
export function levelStore(options: LevelStoreOptions): StateStore {
  const path: unknown = (options as LevelStoreOptions | null | undefined)?.path;
  if (typeof path !== 'string' || path === '') {
    const remedy = "give the folder for its state, such as { path: './data/orchestrator' }";
    throw new OptionsError('levelStore()', 'path', path, remedy);
  }
  return new LevelStore(path);
}

/** Of what is in the folder: another one is not read, let alone written. */
const FORMAT = 1;

class LevelStore implements StateStore {
  private readonly level: ClassicLevel<string, unknown>;
  /** Apart from the format, whatever workers are called. */
  private readonly workers;

  constructor(private readonly path: string) {
    this.level = new ClassicLevel(path, { valueEncoding: 'json' });
    this.workers = this.level.sublevel<string, WorkerMemory>('workers', { valueEncoding: 'json' });
  }

  async load(): Promise<WorkerMemory[]> {
    try {
      await this.level.open();
    } catch (error) {
      throw new Error(this.problemOf(error), { cause: error });
    }
    await this.checkFormat();
    await this.workers.open();
    return this.workers.values().all();
  }

  async save(memories: readonly WorkerMemory[], forgotten: readonly string[]): Promise<void> {
    await this.workers.batch([
      ...memories.map((value) => ({ type: 'put' as const, key: value.worker, value })),
      ...forgotten.map((key) => ({ type: 'del' as const, key })),
    ]);
  }

  async close(): Promise<void> {
    await this.level.close();
  }

  private async checkFormat(): Promise<void> {
    const format = await this.level.get('format');
    if (format === undefined) await this.level.put('format', FORMAT);
    else if (format !== FORMAT) {
      await this.level.close();
      throw new Error(
        `${this.path} has the format ${describeValue(format)}, which this version of nestjs-orchestrator does not know; ` +
          'use the version that wrote it, or another folder',
      );
    }
  }

  private problemOf(error: unknown): string {
    const cause =
      error instanceof Error ? (error.cause as { code?: string } | undefined) : undefined;
    return cause?.code === 'LEVEL_LOCKED'
      ? `another process uses ${this.path}; give each its own folder`
      : `${this.path} cannot be opened as a LevelDB folder`;
  }
}
