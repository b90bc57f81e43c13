import { describeValue, type DefinitionProblem } from '../core/definition/problem.js';
import { isValidName, NAME_RULE } from '../core/worker-name.js';
import { placeOf, type DecoratedMethod } from './decorated-method.js';
import { isEventType, remedyForEventType } from './event-types.js';
import type { EventHandlerRecord, WorkerRecord } from './worker-metadata.js';

type Wrong = readonly [option: string, value: string, remedy: string];

/** What is wrong with the `@Worker` of a method as such; its options are for `defineWorker` to judge. */
export function workerProblems(
  decorated: DecoratedMethod<WorkerRecord>,
): readonly DefinitionProblem[] {
  return located(decorated, wrongWorker(decorated));
}

function wrongWorker({ host, records }: DecoratedMethod<WorkerRecord>): readonly Wrong[] {
  const [record, ...others] = records;
  const options: unknown = record?.options;
  if (others.length > 0) {
    return [['@Worker', `${String(records.length)} times on one method`, 'keep one of them']];
  }
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    return [['@Worker', describeValue(options), 'give it an object of options, or nothing']];
  }
  if (host.className === '' && record?.options.name === undefined) {
    return [['name', 'undefined', 'the class has none to make one of; give the worker its own']];
  }
  return [];
}

/** What is wrong with the `@OnWorkerEvent`s of a method. */
export function eventHandlerProblems(
  decorated: DecoratedMethod<EventHandlerRecord>,
): readonly DefinitionProblem[] {
  return located(decorated, decorated.records.flatMap(wrongHandler));
}

function wrongHandler({ types, worker }: EventHandlerRecord): readonly Wrong[] {
  const given: readonly unknown[] = Array.isArray(types) ? types : [types];
  const wrong = given
    .filter((type) => !isEventType(type))
    .map((type): Wrong => ['@OnWorkerEvent', describeValue(type), remedyForEventType(type)]);
  if (given.length === 0) wrong.push(['@OnWorkerEvent', 'an empty list', 'name a type of event']);
  if (worker !== undefined && !isValidName(worker)) {
    wrong.push(['@OnWorkerEvent', describeValue(worker), `name a worker: ${NAME_RULE}`]);
  }
  return wrong;
}

function located(
  { host, key }: DecoratedMethod<unknown>,
  wrong: readonly Wrong[],
): readonly DefinitionProblem[] {
  const place = placeOf(host, key);
  return wrong.map(([option, value, remedy]) => ({ place, option, value, remedy }));
}
