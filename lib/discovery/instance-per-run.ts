import { ContextIdFactory, ModuleRef, type ContextId } from '@nestjs/core';
import { REQUEST_CONTEXT_ID } from '@nestjs/core/router/request/request-constants.js';
import type { Host } from './host.js';

/** An instance of a request-scoped or transient host, in the sub-tree of providers made for it. */
export interface ContextualInstance {
  readonly instance: object;
  readonly contextId: ContextId;
}

/**
 * Makes an instance for one attempt or event, as Nest does for a request: `request` is what `@Inject(REQUEST)` gives
 * it, and what a durable-provider strategy is asked about.
 *
 * Nobody but the context id keeps it alive, so it goes when the attempt has ended and its references are dropped.
 */
export async function instanceFor(host: Host, request: object): Promise<ContextualInstance> {
  const { instance: moduleRef } = host.module.getProviderByKey<ModuleRef>(ModuleRef);
  const contextId = host.wrapper.isDependencyTreeStatic()
    ? ContextIdFactory.create()
    : contextOf(request, host, moduleRef);
  const instance = await moduleRef.resolve<object>(host.wrapper.token as never, contextId, {
    strict: true,
  });
  return { instance, contextId };
}

function contextOf(request: object, { wrapper }: Host, moduleRef: ModuleRef): ContextId {
  // The next attempt may come with the same object, and is a context of its own all the same.
  Reflect.deleteProperty(request, REQUEST_CONTEXT_ID);
  const contextId = ContextIdFactory.getByRequest(request);
  // Lets the application join the sub-tree by ContextIdFactory.getByRequest(run), as with any request.
  Reflect.defineProperty(request, REQUEST_CONTEXT_ID, { value: contextId, configurable: true });
  // What outlives the attempt is given the strategy's payload instead of the run, as by Nest's router.
  const given: unknown = wrapper.isDependencyTreeDurable() ? contextId.payload : request;
  moduleRef.registerRequestByContextId(given, contextId);
  return contextId;
}
