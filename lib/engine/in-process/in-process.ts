import type { EngineFactory } from '../engine.js';
import type { StateStore } from '../state-store.js';
import { InProcessEngine } from './in-process-engine.js';

/** @publicApi */
export interface InProcessOptions {
  /** @default none: failures, disabled flags and schedules last as long as the process */
  readonly store?: StateStore;
}

/**
 * The default engine: everything in this process, no server.
 *
 * @example
 * ```ts
 * OrchestratorModule.forRoot({ engine: inProcess({ store: levelStore({ path: './data/orchestrator' }) }) })
 * ```
 * @publicApi
 */
export function inProcess({ store }: InProcessOptions = {}): EngineFactory {
  return (host) => new InProcessEngine(host, store);
}
