import { ForbiddenException, type NestInterceptor, type PipeTransform } from '@nestjs/common';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import type { ContextId, ModulesContainer } from '@nestjs/core';
import { ExternalExceptionFilterContext } from '@nestjs/core/exceptions/external-exception-filter-context.js';
import { FORBIDDEN_MESSAGE } from '@nestjs/core/guards/constants.js';
import { GuardsConsumer } from '@nestjs/core/guards/guards-consumer.js';
import { GuardsContextCreator } from '@nestjs/core/guards/guards-context-creator.js';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import type { NestContainer } from '@nestjs/core/injector/container.js';
import { InterceptorsConsumer } from '@nestjs/core/interceptors/interceptors-consumer.js';
import { InterceptorsContextCreator } from '@nestjs/core/interceptors/interceptors-context-creator.js';
import { PipesConsumer } from '@nestjs/core/pipes/pipes-consumer.js';
import { PipesContextCreator } from '@nestjs/core/pipes/pipes-context-creator.js';
import { catchError, from, isObservable, mergeMap, of } from 'rxjs';
import type { RunContext } from '../execution/run-context.js';
import { holdOpen } from '../execution/unsettled-work.js';
import { isWalkable } from '../execution/walk.js';
import { callMethod, type DecoratedMethod } from './decorated-method.js';
import { oneCallAtATime } from './one-call-at-a-time.js';
import { stepsOf } from './steps.js';
import { withPayload } from './transformed-run.js';

/** What guards, interceptors and filters get from `getType()` while a worker runs. @publicApi */
export type OrchestratorContextType = 'orchestrator';

export type RunCall = (run: RunContext) => unknown;

const CONTEXT_TYPE: OrchestratorContextType = 'orchestrator';
const PAYLOAD = { type: RouteParamtypes.BODY as never, metatype: undefined, data: undefined };

/**
 * Puts the guards, interceptors, pipes and filters of a method and its class around it, with the parts that Nest's own
 * transports are made of.
 *
 * Not with `ExternalContextCreator`, which would (as of Nest 12.5) not find the guard classes of a controller and go on
 * without them, apply global enhancers, log each error that no filter caught, and drain Observables itself: failing for
 * an empty one, and deaf to the run's signal.
 */
export class Enhancers {
  private readonly guards: GuardsContextCreator;
  private readonly interceptors: InterceptorsContextCreator;
  private readonly pipes: PipesContextCreator;
  private readonly filters: ExternalExceptionFilterContext;
  private readonly guardsConsumer = new GuardsConsumer();
  private readonly interceptorsConsumer = new InterceptorsConsumer();
  private readonly pipesConsumer = new PipesConsumer();

  constructor(modules: ModulesContainer) {
    // All that they ask of it. Without an ApplicationConfig beside it they know of no global enhancers.
    const container = { getModules: () => modules } as unknown as NestContainer;
    this.guards = new GuardsContextCreator(container);
    this.interceptors = new InterceptorsContextCreator(container);
    this.pipes = new PipesContextCreator(container);
    this.filters = new ExternalExceptionFilterContext(container);
  }

  /** The enhanced call of a method on an instance; `contextId` is that of the instance, where it has one. */
  around(decorated: DecoratedMethod<unknown>, instance: object, contextId?: ContextId): RunCall {
    const { host, key, method } = decorated;
    const scope = [host.module.token, contextId, host.wrapper.id] as const;
    const guards = this.guards.create(instance, method, ...scope);
    const interceptors = this.interceptors.create(instance, method, ...scope);
    const pipes = this.pipes.create(instance, method, ...scope);
    const filters = this.filters.create(instance, method, ...scope);

    const call: AsyncCall = async (run) => {
      const seen = pipes.length === 0 ? run : await this.transformed(run, pipes);
      // While guards, pipes and interceptors took their time, the attempt may have ended.
      run.signal.throwIfAborted();
      const result: unknown = await callMethod(instance, key, seen);
      // Interceptors and filters take part in Observables only; others would pass them by.
      return isWalkable(result) ? stepsOf(result, run) : result;
    };
    const intercepted = this.intercepted(call, interceptors, instance, method);
    const guarded: AsyncCall = async (run) => {
      const isLetIn = this.guardsConsumer.tryActivate(
        guards,
        [run],
        instance,
        method,
        CONTEXT_TYPE,
      );
      if (!(await isLetIn)) throw new ForbiddenException(FORBIDDEN_MESSAGE);
      run.signal.throwIfAborted();
      return intercepted(run);
    };
    return rescued(guarded, async (error, run) => {
      const args = new ExecutionContextHost([run], instance.constructor as never, method);
      args.setType(CONTEXT_TYPE);
      const result: unknown = await filters.invokeCustomFilters(error, args);
      // As in Nest's other contexts without a response: a filter that returns nothing has handled nothing.
      if (result === undefined || result === null) throw error;
      return result;
    });
  }

  private intercepted(
    call: AsyncCall,
    interceptors: NestInterceptor[],
    instance: object,
    method: DecoratedMethod<unknown>['method'],
  ): AsyncCall {
    if (interceptors.length === 0) return call;
    const all = [...interceptors, oneCallAtATime];
    return (run) =>
      this.interceptorsConsumer.intercept(
        all,
        [run],
        instance,
        method,
        // They may give it up, or never have waited for it.
        () => holdOpen(run, call(run)),
        CONTEXT_TYPE,
      );
  }

  private async transformed(run: RunContext, pipes: PipeTransform[]): Promise<RunContext> {
    const payload = await this.pipesConsumer.apply(run.payload, PAYLOAD, pipes);
    return payload === run.payload ? run : withPayload(run, payload);
  }
}

type AsyncCall = (run: RunContext) => Promise<unknown>;

/** Asks `rescue` about what a call throws, also later, through the Observable that it returned. */
function rescued(
  call: AsyncCall,
  rescue: (error: unknown, run: RunContext) => Promise<unknown>,
): AsyncCall {
  return async (run) => {
    try {
      const result = await call(run);
      if (!isObservable(result)) return result;
      return result.pipe(
        catchError((error: unknown) =>
          from(holdOpen(run, rescue(error, run))).pipe(
            mergeMap((value) => (isObservable(value) ? value : of(value))),
          ),
        ),
      );
    } catch (error) {
      return rescue(error, run);
    }
  };
}
