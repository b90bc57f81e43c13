import type { OrchestratorEvent, OrchestratorEventType } from './core/event.js';
import { requireMethod } from './discovery/require-method.js';
import { eventHandlerRecords } from './discovery/worker-metadata.js';
import type { InstanceSide } from './worker.decorator.js';

type Narrowed<Event, Type> = Event extends { readonly type: infer Own }
  ? [Own & Type] extends [never]
    ? never
    : Event & { readonly type: Own & Type }
  : never;

/** The events of some types. @publicApi */
export type EventOf<Type extends OrchestratorEventType> = Narrowed<OrchestratorEvent, Type>;

/** What {@link OnWorkerEvent} may stand on: an instance method that takes such an event, or nothing. @publicApi */
export type EventMethodDecorator<Type extends OrchestratorEventType> = <
  Target extends object,
  Method extends (event: EventOf<Type>) => unknown,
>(
  target: InstanceSide<Target>,
  method: string | symbol,
  descriptor: TypedPropertyDescriptor<Method>,
) => void;

/**
 * Calls a method of a provider or controller with each event of a type, or of several. Stackable.
 *
 * Handlers are found like workers. Guards, interceptors, pipes and filters do not apply to them. What a handler throws
 * is logged, and changes nothing for the run.
 *
 * @param type one type of event, or several
 * @param worker only events of this worker; without it, of all
 *
 * @throws WorkerDefinitionError at once on a class, property, accessor or static method; at boot for unknown types
 *
 * @example
 * ```ts
 * @OnWorkerEvent(['run.failed', 'run.timed-out'], 'nightly-report')
 * async tellOperations(event: EventOf<'run.failed' | 'run.timed-out'>): Promise<void> {
 *   await this.pager.alert(`${event.worker} failed: ${event.failure?.message}`);
 * }
 * ```
 * @publicApi
 */
export function OnWorkerEvent<const Type extends OrchestratorEventType>(
  type: Type | readonly Type[],
  worker?: string,
): EventMethodDecorator<Type> {
  return (target, method, descriptor) => {
    requireMethod('@OnWorkerEvent', target, method, descriptor);
    const types = typeof type === 'string' ? [type] : type;
    eventHandlerRecords.add(target, { method, types, worker });
  };
}
