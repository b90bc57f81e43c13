import { Injectable, Logger } from '@nestjs/common';
import { DiscoveryService, ModulesContainer } from '@nestjs/core';
import { describeValue, type DefinitionProblem } from '../core/definition/problem.js';
import { boundEnhancers, unusableEnhancers, validatesNothing } from './bound-enhancers.js';
import {
  placeOf,
  searchMethods,
  type DecoratedMethod,
  type RecordsOf,
} from './decorated-method.js';
import type { DiscoveredEventHandler, DiscoveredWorker, Discovery } from './discovered.js';
import { Enhancers, type RunCall } from './enhancers.js';
import { isEventType, remedyForEventType } from './event-types.js';
import type { Host } from './host.js';
import { scanHosts } from './host-scan.js';
import { instanceFor } from './instance-per-run.js';
import { tellApart } from './tell-apart.js';
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
    return {
      workers: workers.flatMap((decorated) => {
        const wrong = [...wrongRecords(decorated), ...this.wrongEnhancers(decorated)];
        problems.push(...wrong);
        return wrong.length > 0 ? [] : [this.worker(decorated, hostsOf(workers))];
      }),
      eventHandlers: handlers.flatMap((decorated) => {
        const wrong = unknownTypes(decorated);
        problems.push(...wrong);
        return wrong.length > 0 ? [] : this.eventHandlers(decorated, hostsOf(handlers));
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
    hosts: ReadonlySet<Host>,
  ): DiscoveredWorker {
    const { host, key, records } = decorated;
    const options = records[0]?.options ?? {};
    const place = placeOf(host, key);
    return {
      name: options.name ?? place,
      place: place + tellApart(host, hosts),
      options,
      call: this.callOf(decorated),
      host: host.instance,
    };
  }

  private callOf(decorated: DecoratedMethod<WorkerRecord>): RunCall {
    const { host, key } = decorated;
    const { enhancers } = this;
    const isEnhanced = boundEnhancers(decorated).length > 0;
    if (host.instance !== undefined) {
      return isEnhanced
        ? enhancers.around(decorated, host.instance)
        : directCall(host.instance, key);
    }
    return async (run) => {
      const { instance, contextId } = await instanceFor(host, run);
      return isEnhanced
        ? enhancers.around(decorated, instance, contextId)(run)
        : directCall(instance, key)(run);
    };
  }

  private wrongEnhancers(decorated: DecoratedMethod<WorkerRecord>): readonly DefinitionProblem[] {
    const bound = boundEnhancers(decorated);
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
    hosts: ReadonlySet<Host>,
  ): readonly DiscoveredEventHandler[] {
    const place = placeOf(host, key) + tellApart(host, hosts);
    const call: DiscoveredEventHandler['call'] =
      host.instance !== undefined
        ? directCall(host.instance, key)
        : async (event) => directCall((await instanceFor(host, event)).instance, key)(event);
    return records.map(({ types, worker }) => ({ place, types, worker, call }));
  }
}

/** Looks the method up in each call, so that a spy put in its place later is called. */
function directCall(instance: object, key: string | symbol): (argument: object) => unknown {
  const callable = instance as Record<typeof key, (argument: object) => unknown>;
  return (argument) => callable[key]?.(argument);
}

function hostsOf(methods: readonly DecoratedMethod<unknown>[]): ReadonlySet<Host> {
  return new Set(methods.map(({ host }) => host));
}

function wrongRecords({
  host,
  key,
  records,
}: DecoratedMethod<WorkerRecord>): readonly DefinitionProblem[] {
  const place = placeOf(host, key);
  const options: unknown = records[0]?.options;
  if (records.length > 1) {
    const value = `${String(records.length)} times on one method`;
    return [{ place, option: '@Worker', value, remedy: 'keep one of them' }];
  }
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    const value = describeValue(options);
    return [
      { place, option: '@Worker', value, remedy: 'give it an object of options, or nothing' },
    ];
  }
  if (host.className === '' && records[0]?.options.name === undefined) {
    const remedy = 'the class has no name to make one of; give the worker its own';
    return [{ place, option: 'name', value: 'undefined', remedy }];
  }
  return [];
}

function unknownTypes({
  host,
  key,
  records,
}: DecoratedMethod<EventHandlerRecord>): readonly DefinitionProblem[] {
  return records
    .flatMap(({ types }) => types as readonly unknown[])
    .filter((type) => !isEventType(type))
    .map((type) => ({
      place: placeOf(host, key),
      option: '@OnWorkerEvent',
      value: describeValue(type),
      remedy: remedyForEventType(type),
    }));
}
