import type { WorkerMemory } from '../core/worker-memory.js';

/**
 * Where what must outlive the process is kept: failures, disabled flags, anchors, claimed due instants.
 *
 * `save` is called before the runs it speaks of start; when it returns (or its promise resolves), a killed process must
 * find it again. Where it throws, rejects or does not answer for 10 s, nothing more starts until it works again.
 *
 * There is one call at a time. After `close()` may come `load()` again, when the orchestrator is started anew.
 *
 * @publicApi
 */
export interface StateStore {
  load(): readonly WorkerMemory[] | Promise<readonly WorkerMemory[]>;
  /**
   * The newest memory of each of these workers; of the others, what was saved last stands.
   *
   * @param forgotten workers that were unregistered long ago: what is kept of them is of no use any more. Empty mostly
   */
  save(memories: readonly WorkerMemory[], forgotten: readonly string[]): void | Promise<void>;
  close?(): void | Promise<void>;
}
