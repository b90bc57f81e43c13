import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import type { Module } from '@nestjs/core/injector/module.js';

/** A provider or controller that could carry decorated methods. */
export interface Host {
  readonly module: Module;
  readonly wrapper: InstanceWrapper;
  readonly className: string;
  /** Where its methods come from: the class's prototype first, then what it inherits. */
  readonly prototypes: readonly object[];
  /** The one instance; `undefined` where each run gets its own. */
  readonly instance: object | undefined;
}

/** `'none'`: nothing that could carry methods. `unreadable`: it might, and nobody can tell. */
export type HostReading = { readonly host: Host } | { readonly unreadable: string } | 'none';

const LONGEST_CHAIN = 100;

/** Looks at a provider without running any of its code: it invokes no getter, and survives a Proxy that throws. */
export function readHost(module: Module, wrapper: InstanceWrapper): HostReading {
  // What an alias stands for is found under its own token.
  if (wrapper.isAlias) return 'none';
  try {
    return hasOneInstance(wrapper)
      ? readInstance(module, wrapper, wrapper.instance)
      : readClass(module, wrapper);
  } catch (error) {
    return { unreadable: `it refuses to be inspected: ${describeThrown(error)}` };
  }
}

function hasOneInstance(wrapper: InstanceWrapper): boolean {
  return wrapper.isDependencyTreeStatic() && !wrapper.isTransient;
}

function readInstance(module: Module, wrapper: InstanceWrapper, instance: unknown): HostReading {
  if (instance === undefined && wrapper.isFactory)
    return { unreadable: 'its factory gave nothing' };
  if (typeof instance !== 'object' || instance === null) return 'none';
  const prototypes = prototypesFrom(Object.getPrototypeOf(instance) as object | null);
  return { host: { module, wrapper, className: nameOf(prototypes), prototypes, instance } };
}

function readClass(module: Module, wrapper: InstanceWrapper): HostReading {
  const { metatype } = wrapper;
  if (wrapper.isNotMetatype || typeof metatype !== 'function') {
    return { unreadable: 'its factory runs once per request, so its class is not known' };
  }
  const prototypes = prototypesFrom(metatype.prototype as object | null);
  return {
    host: { module, wrapper, className: nameOf(prototypes), prototypes, instance: undefined },
  };
}

function prototypesFrom(first: object | null): object[] {
  const chain: object[] = [];
  for (let next = first; next !== null && next !== Object.prototype;) {
    if (chain.push(next) > LONGEST_CHAIN) throw new RangeError('endless prototype chain');
    next = Object.getPrototypeOf(next) as object | null;
  }
  return chain;
}

function nameOf(prototypes: readonly object[]): string {
  const constructor = classOf(prototypes);
  const name: unknown = constructor && Object.getOwnPropertyDescriptor(constructor, 'name')?.value;
  return typeof name === 'string' ? name : '';
}

/** The class, as Nest's enhancers see it: `instance.constructor`, read without invoking a getter. */
export function classOf(prototypes: readonly object[]): object | undefined {
  for (const prototype of prototypes) {
    const constructor: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
    if (typeof constructor === 'function') return constructor;
  }
  return undefined;
}

function describeThrown(error: unknown): string {
  try {
    return String(error);
  } catch {
    return 'it throws something that cannot be shown';
  }
}
