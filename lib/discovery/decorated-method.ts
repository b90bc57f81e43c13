import { describeValue, type DefinitionProblem } from '../core/definition/problem.js';
import type { Host } from './host.js';

type Key = string | symbol;

/** A decorated method as a host has it, with every record that stands on it. */
export interface DecoratedMethod<Record> {
  readonly host: Host;
  readonly key: Key;
  /** The function that carries the metadata of guards and the like; {@link callMethod} finds the one to call. */
  readonly method: (...args: unknown[]) => void;
  readonly records: readonly Record[];
}

export interface MethodSearch<Record> {
  readonly methods: readonly DecoratedMethod<Record>[];
  /** Inherited methods that are decorated, but overridden by one that is not: no workers. */
  readonly overridden: readonly Key[];
  readonly problems: readonly DefinitionProblem[];
}

export interface RecordsOf<Record> {
  of(prototype: object): readonly Record[];
}

/** Looks up what is decorated, own and inherited, and touches nothing else of the host. */
export function searchMethods<Record extends { readonly method: Key }>(
  host: Host,
  records: RecordsOf<Record>,
  decorator: string,
): MethodSearch<Record> {
  const methods: DecoratedMethod<Record>[] = [];
  const overridden: Key[] = [];
  const problems: DefinitionProblem[] = [];
  for (const [key, prototype] of decoratedKeys(host, records)) {
    if (host.prototypes.find((each) => Object.hasOwn(each, key)) !== prototype) {
      overridden.push(key);
      continue;
    }
    const method: unknown = Object.getOwnPropertyDescriptor(prototype, key)?.value;
    const replacement = replacementOf(host, key);
    const called: unknown = replacement === undefined ? method : replacement.value;
    if (isFunction(method) && isFunction(called)) {
      const own = records.of(prototype).filter((record) => record.method === key);
      methods.push({ host, key, method, records: own });
      continue;
    }
    problems.push({
      place: placeOf(host, key),
      option: decorator,
      value: describeValue(isFunction(method) ? called : method),
      remedy: 'the decorated method was replaced by this; keep a function in its place',
    });
  }
  return { methods, overridden, problems };
}

/** Each decorated name, with the nearest prototype that has a record of it. */
function decoratedKeys(
  host: Host,
  records: RecordsOf<{ readonly method: Key }>,
): ReadonlyMap<Key, object> {
  const nearest = new Map<Key, object>();
  for (const prototype of host.prototypes) {
    for (const { method } of records.of(prototype)) {
      if (!nearest.has(method)) nearest.set(method, prototype);
    }
  }
  return nearest;
}

/** What the instance has in the place of its class's method. */
function replacementOf({ instance }: Host, key: Key): PropertyDescriptor | undefined {
  try {
    return instance && Object.getOwnPropertyDescriptor(instance, key);
  } catch {
    // A Proxy that refuses the question may still answer the call.
    return undefined;
  }
}

function isFunction(value: unknown): value is (...args: unknown[]) => unknown {
  return typeof value === 'function';
}

/** Looks the method up anew, so that a spy put in its place later is called. */
export function callMethod(instance: object, key: Key, argument: object): unknown {
  const method = (instance as Record<Key, unknown>)[key] as (argument: object) => unknown;
  return method.call(instance, argument);
}

export function placeOf({ className }: Host, key: Key): string {
  return `${className || '(class without a name)'}.${String(key)}`;
}
