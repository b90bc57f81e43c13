import 'reflect-metadata';
import type { WorkerOptions } from '../core/definition/worker-options.js';
import type { OrchestratorEventType } from '../core/event.js';

/** One `@Worker` on one method. A method with two of them has two records, for the boot to refuse. */
export interface WorkerRecord {
  readonly method: string | symbol;
  readonly options: WorkerOptions;
}

/** One `@OnWorkerEvent` on one method. */
export interface EventHandlerRecord {
  readonly method: string | symbol;
  readonly types: readonly OrchestratorEventType[];
  /** The only worker whose events are wanted; `undefined`: of all of them. */
  readonly worker: string | undefined;
}

/**
 * What is decorated is recorded on the prototype, not on the function as Nest's `SetMetadata` does: a decorator above
 * ours may replace the function by a wrapper (a transaction, a span, a retry), and with it would go the worker.
 */
class Records<Record extends { readonly method: string | symbol }> {
  constructor(private readonly key: string) {}

  add(prototype: object, record: Record): void {
    Reflect.defineMetadata(this.key, [...this.of(prototype), record], prototype);
  }

  /** Of this prototype alone, without what it inherits. */
  of(prototype: object): readonly Record[] {
    return (Reflect.getOwnMetadata(this.key, prototype) ?? []) as readonly Record[];
  }
}

// Text, not symbols, so that two copies of this package in one application see the same records.
export const workerRecords = new Records<WorkerRecord>('nestjs-orchestrator:workers');
export const eventHandlerRecords = new Records<EventHandlerRecord>(
  'nestjs-orchestrator:event-handlers',
);
