import { Injectable, Logger } from '@nestjs/common';
import { DiscoveryService, ModulesContainer } from '@nestjs/core';
import type { DefinitionProblem } from '../core/definition/problem.js';
import {
  boundEnhancers,
  unusableEnhancers,
  validatesNothing,
  type BoundEnhancer,
} from './bound-enhancers.js';
import {
  callMethod,
  placeOf,
  searchMethods,
  type DecoratedMethod,
  type RecordsOf,
} from './decorated-method.js';
import type { DiscoveredEventHandler, DiscoveredWorker, Discovery } from './discovered.js';
import { Enhancers, type RunCall } from './enhancers.js';
import type { Host } from './host.js';
import { scanHosts } from './host-scan.js';
import { instanceFor } from './instance-per-run.js';
import { eventHandlerProblems, workerProblems } from './record-problems.js';
import { countNamesakes, tellApart, type Namesakes } from './tell-apart.js';
import {
  eventHandlerRecords,
  workerRecords,
  type EventHandlerRecord,
  type WorkerRecord,
} from './worker-metadata.js';

/** Finds the methods that `@Worker` and `@OnWorkerEvent` stand on, in all modules, once all providers are made. */
@Injectable()
export class WorkerExplorer {
  private readonly logger = new Logger('Orchestrator');
  private readonly enhancers: Enhancers;

  constructor(
    private readonly discovery: DiscoveryService,
    modules: ModulesContainer,
  ) {
    this.enhancers = new Enhancers(modules);
  }

  explore(): Discovery {
    const problems: DefinitionProblem[] = [];
    const hosts = scanHosts(
      [...this.discovery.getProviders(), ...this.discovery.getControllers()],
      this.logger,
    );
    const workers = this.search(hosts, workerRecords, '@Worker', problems);
    const handlers = this.search(hosts, eventHandlerRecords, '@OnWorkerEvent', problems);
    const [workerNamesakes, handlerNamesakes] = [namesakesAmong(workers), namesakesAmong(handlers)];
    return {
      workers: workers.flatMap((decorated) => {
        const bound = boundEnhancers(decorated);
        const wrong = [...workerProblems(decorated), ...this.wrongEnhancers(decorated, bound)];
        problems.push(...wrong);
        return wrong.length > 0 ? [] : [this.worker(decorated, bound.length > 0, workerNamesakes)];
      }),
      eventHandlers: handlers.flatMap((decorated) => {
        const wrong = eventHandlerProblems(decorated);
        problems.push(...wrong);
        return wrong.length > 0 ? [] : this.eventHandlers(decorated, handlerNamesakes);
      }),
      problems,
    };
  }

  private search<Record extends WorkerRecord | EventHandlerRecord>(
    hosts: readonly Host[],
    records: RecordsOf<Record>,
    decorator: string,
    problems: DefinitionProblem[],
  ): readonly DecoratedMethod<Record>[] {
    return hosts.flatMap((host) => {
      const found = searchMethods(host, records, decorator);
      problems.push(...found.problems);
      for (const key of found.overridden) {
        this.logger.debug(
          `${placeOf(host, key)} overrides a method that has ${decorator}, without having it: not used.`,
        );
      }
      return found.methods;
    });
  }

  private worker(
    decorated: DecoratedMethod<WorkerRecord>,
    isEnhanced: boolean,
    namesakes: Namesakes,
  ): DiscoveredWorker {
    const { host, key, records } = decorated;
    const options = records[0]?.options ?? {};
    const place = placeOf(host, key);
    return {
      name: options.name ?? place,
      place: place + tellApart(host, namesakes),
      options,
      call: this.callOf(decorated, isEnhanced),
      host: host.instance,
    };
  }

  private callOf(decorated: DecoratedMethod<WorkerRecord>, isEnhanced: boolean): RunCall {
    const { host, key } = decorated;
    const { instance } = host;
    if (instance !== undefined) {
      return isEnhanced
        ? this.enhancers.around(decorated, instance)
        : (run) => callMethod(instance, key, run);
    }
    return async (run) => {
      const made = await instanceFor(host, run);
      run.signal.throwIfAborted();
      return isEnhanced
        ? this.enhancers.around(decorated, made.instance, made.contextId)(run)
        : callMethod(made.instance, key, run);
    };
  }

  private wrongEnhancers(
    decorated: DecoratedMethod<WorkerRecord>,
    bound: readonly BoundEnhancer[],
  ): readonly DefinitionProblem[] {
    if (bound.some((each) => validatesNothing(decorated, each))) {
      this.logger.warn(
        `${placeOf(decorated.host, decorated.key)}: its ValidationPipe validates nothing. ` +
          'Bind a new ValidationPipe({ expectedType }) with the class of the payload.',
      );
    }
    return unusableEnhancers(decorated, bound);
  }

  private eventHandlers(
    { host, key, records }: DecoratedMethod<EventHandlerRecord>,
    namesakes: Namesakes,
  ): readonly DiscoveredEventHandler[] {
    const { instance } = host;
    const place = placeOf(host, key) + tellApart(host, namesakes);
    const call: DiscoveredEventHandler['call'] =
      instance !== undefined
        ? (event) => callMethod(instance, key, event)
        : async (event) => callMethod((await instanceFor(host, event)).instance, key, event);
    return records.map(({ types, worker }) => ({ place, types, worker, call }));
  }
}

function namesakesAmong(methods: readonly DecoratedMethod<unknown>[]): Namesakes {
  return countNamesakes(new Set(methods.map(({ host }) => host)));
}
