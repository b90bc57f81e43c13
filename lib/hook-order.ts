import type { Type } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import type { Module } from '@nestjs/core/injector/module.js';

/** Below every distance that Nest gives: the root's is 0, a global module's `Number.MAX_VALUE`. */
const NEAREST = -Number.MAX_VALUE;

/**
 * Lets a module start after all others, and stop before them: its `onModuleInit` and `onApplicationBootstrap` begin when
 * those of every other module have ended, and its `onModuleDestroy`, `beforeApplicationShutdown` and
 * `onApplicationShutdown` end before those of any other begin, wherever it is imported and whether or not it is global.
 *
 * Nest calls hooks module by module, awaiting each: by falling distance from the root on the way up, by rising distance
 * on the way down (`NestApplicationContext.getModulesToTriggerHooksOn`, Nest 11.0 to 12.5). Global modules count as the
 * farthest, so without this a database in the same module as its users would be closed first.
 *
 * Call it in the module's constructor: the modules are scanned then, and no hook has been called.
 *
 * @throws Error when this version of Nest keeps no such distance, or the module is not there
 */
export function bootstrapLastAndDestroyFirst(modules: ModulesContainer, moduleClass: Type): void {
  const own = instancesOf(modules, moduleClass);
  if (own.length === 0) throw new Error(`${moduleClass.name} is not among the modules.`);
  for (const module of own) {
    const before: unknown = module.distance;
    module.distance = NEAREST;
    if (typeof before === 'number' && module.distance === NEAREST) continue;
    throw new Error(
      'nestjs-orchestrator cannot tell in which order this version of @nestjs/core starts and stops modules, ' +
        'and might run workers on closed resources. Use @nestjs/core ^11.0.0 or ^12.0.0.',
    );
  }
}

/** How often a module is imported: Nest keys dynamic modules by reference, so two `forRoot()` are two modules. */
export function instancesOf(modules: ModulesContainer, moduleClass: Type): readonly Module[] {
  return [...modules.values()].filter(({ metatype }) => metatype === moduleClass);
}
