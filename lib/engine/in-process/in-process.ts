import { OptionsError } from '../../core/errors.js';
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
 * @throws OptionsError for options that are none, and for a store that cannot load or save
 * @publicApi
 */
export function inProcess(options: InProcessOptions = {}): EngineFactory {
  const given: unknown = options;
  if (typeof given !== 'object' || given === null) {
    throw new OptionsError('inProcess()', 'options', given, 'give { store }, or nothing');
  }
  const { store } = options;
  if (store !== undefined && !isStore(store)) {
    const remedy = 'use a StateStore, with load() and save(), such as levelStore({ path })';
    throw new OptionsError('inProcess()', 'store', store, remedy);
  }
  return (host) => new InProcessEngine(host, store);
}

function isStore(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { load, save } = value as Partial<StateStore>;
  return typeof load === 'function' && typeof save === 'function';
}
