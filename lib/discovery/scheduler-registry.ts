import type { ModulesContainer } from '@nestjs/core';

/** What is used of the `SchedulerRegistry` of `@nestjs/schedule`, the same in its versions 5, 6 and 12. */
export interface SchedulerRegistryLike {
  doesExist(type: 'cron' | 'timeout' | 'interval', name: string): boolean;
  /** Keeps `job`, and puts its own function in the place of `job.fireOnTick`. Throws where the name is taken. */
  addCronJob(name: string, job: never): void;
  /** Calls `stop()` of the job. Throws where there is none. */
  deleteCronJob(name: string): void;
  getCronJobs(): Map<string, unknown>;
  addTimeout(name: string, timeout: unknown): void;
  /** Gives what was added to `clearTimeout()`. Throws where there is none. */
  deleteTimeout(name: string): void;
  getTimeouts(): string[];
}

const METHODS = [
  'doesExist',
  'addCronJob',
  'deleteCronJob',
  'getCronJobs',
  'addTimeout',
  'deleteTimeout',
  'getTimeouts',
] as const satisfies readonly (keyof SchedulerRegistryLike)[];

/**
 * The registry of `ScheduleModule`, where the application imports it.
 *
 * Known by its name and methods: importing the class would make an optional peer a required one, and need not give the
 * class that the application uses. Call it when the providers are made.
 */
export function findSchedulerRegistry(
  modules: ModulesContainer,
): SchedulerRegistryLike | undefined {
  for (const module of modules.values()) {
    for (const [token, wrapper] of module.providers) {
      if (typeof token !== 'function' || token.name !== 'SchedulerRegistry') continue;
      const instance: unknown = wrapper.instance;
      if (isSchedulerRegistry(instance)) return instance;
    }
  }
  return undefined;
}

function isSchedulerRegistry(instance: unknown): instance is SchedulerRegistryLike {
  return (
    typeof instance === 'object' &&
    instance !== null &&
    METHODS.every((name) => typeof (instance as Record<string, unknown>)[name] === 'function')
  );
}
