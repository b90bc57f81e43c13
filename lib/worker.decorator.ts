import type { WorkerOptions } from './core/definition/worker-options.js';
import { requireMethod } from './discovery/require-method.js';
import { workerRecords } from './discovery/worker-metadata.js';
import type { RunContext } from './execution/run-context.js';

/** Fails to type-check for static methods, whose target is the class. */
export type InstanceSide<Target> = Target extends { readonly prototype: unknown } ? never : Target;

/** What {@link Worker} may stand on: an instance method that takes a {@link RunContext}, or nothing. @publicApi */
export type WorkerMethodDecorator = <
  Target extends object,
  // `any`: a method that declares its payload's type is a worker method like every other.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  Method extends (run: RunContext<any>) => unknown,
>(
  target: InstanceSide<Target>,
  method: string | symbol,
  descriptor: TypedPropertyDescriptor<Method>,
) => void;

/**
 * Makes a method of a provider or controller a worker.
 *
 * Inherited methods are workers of each concrete class that is provided. A method that a subclass overrides is one only
 * if the override is decorated too; a function that replaces it on an instance (bound in the constructor, or a spy) is
 * called in its place. Request-scoped and transient providers get a fresh instance for each attempt, which may inject
 * the run: `@Inject(REQUEST) run: RunContext`.
 *
 * Guards, interceptors, pipes and filters bound to the method or its class apply, with `getType()` being
 * `'orchestrator'` and `getArgByIndex(0)` the run. Global ones (`APP_GUARD`, `useGlobalGuards()`, …) do not, as with
 * Nest's schedules and microservices: they are written for requests. Bind one with `@UseGuards()` where it is wanted.
 * - A guard that refuses fails the attempt with `ForbiddenException`.
 * - Pipes transform the payload, as of type `'body'`; a `ValidationPipe` needs its `expectedType`.
 * - A filter decides how the attempt ends: with what it returns, or by what it throws. One that returns nothing (say,
 *   which only logs) leaves the attempt failed with the original error.
 *
 * @throws WorkerDefinitionError at once on a class, property, accessor or static method; at boot for wrong options and
 * for a method decorated twice
 *
 * @example
 * ```ts
 * @Injectable()
 * export class ReportsService {
 *   @Worker({ name: 'nightly-report', cron: '0 3 * * *', dependsOn: ['fetch-data'], timeout: '10m' })
 *   async writeReport(run: RunContext): Promise<void> {
 *     await this.reports.writeAll({ signal: run.signal });
 *   }
 * }
 * ```
 * @publicApi
 */
export function Worker(options: WorkerOptions = {}): WorkerMethodDecorator {
  return (target, method, descriptor) => {
    requireMethod('@Worker', target, method, descriptor);
    workerRecords.add(target, { method, options });
  };
}

/** {@link Worker}, for files that import BullMQ's class of that name. @publicApi */
export const OrchestratedWorker = Worker;
