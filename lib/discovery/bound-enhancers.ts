import {
  EXCEPTION_FILTERS_METADATA,
  GUARDS_METADATA,
  INTERCEPTORS_METADATA,
  PIPES_METADATA,
} from '@nestjs/common/constants.js';
import { ValidationPipe } from '@nestjs/common';
import { STATIC_CONTEXT } from '@nestjs/core/injector/constants.js';
import type { DefinitionProblem } from '../core/definition/problem.js';
import { placeOf, type DecoratedMethod } from './decorated-method.js';
import { classOf } from './host.js';

const DECORATORS = [
  [GUARDS_METADATA, '@UseGuards'],
  [INTERCEPTORS_METADATA, '@UseInterceptors'],
  [PIPES_METADATA, '@UsePipes'],
  [EXCEPTION_FILTERS_METADATA, '@UseFilters'],
] as const;

/** A guard, interceptor, pipe or filter that a decorator binds to a worker method or its class. */
export interface BoundEnhancer {
  readonly decorator: string;
  /** A class, which Nest instantiates, or an instance. */
  readonly enhancer: unknown;
}

export function boundEnhancers({
  host,
  method,
}: DecoratedMethod<unknown>): readonly BoundEnhancer[] {
  const bound: BoundEnhancer[] = [];
  for (const [key, decorator] of DECORATORS) {
    for (const target of [classOf(host.prototypes), method]) {
      if (target === undefined || !Reflect.hasMetadata(key, target)) continue;
      for (const enhancer of Reflect.getMetadata(key, target) as unknown[]) {
        bound.push({ decorator, enhancer });
      }
    }
  }
  return bound;
}

/** Enhancers that Nest has made no instance of for this host, and would go on without: a guard that never guards. */
export function unusableEnhancers(
  decorated: DecoratedMethod<unknown>,
  bound: readonly BoundEnhancer[],
): readonly DefinitionProblem[] {
  return bound.flatMap(({ decorator, enhancer }) => {
    if (typeof enhancer !== 'function') return [];
    const remedy = whyUnusable(decorated, enhancer);
    if (remedy === undefined) return [];
    const place = placeOf(decorated.host, decorated.key);
    return [{ place, option: decorator, value: enhancer.name, remedy }];
  });
}

function whyUnusable(
  { host }: DecoratedMethod<unknown>,
  // eslint-disable-next-line @typescript-eslint/no-unsafe-function-type
  enhancer: Function,
): string | undefined {
  const wrapper = host.module.injectables.get(enhancer);
  if (wrapper === undefined) {
    return 'Nest makes it for hosts that it constructs itself: provide the host by its class, or bind an instance';
  }
  const isMadeForHost =
    host.instance === undefined ||
    !wrapper.isTransient ||
    wrapper.getInstanceByContextId(STATIC_CONTEXT, host.wrapper.id).isResolved === true;
  return isMadeForHost
    ? undefined
    : 'this version of Nest makes no transient one here: give it the default scope, or bind an instance';
}

/** A `ValidationPipe` learns from the parameter's type what to validate; a run's payload has none. */
export function validatesNothing(
  { host }: DecoratedMethod<unknown>,
  { enhancer }: BoundEnhancer,
): boolean {
  const pipe: unknown =
    typeof enhancer === 'function' ? host.module.injectables.get(enhancer)?.instance : enhancer;
  return (
    pipe instanceof ValidationPipe &&
    (pipe as unknown as { readonly expectedType?: unknown }).expectedType === undefined
  );
}
