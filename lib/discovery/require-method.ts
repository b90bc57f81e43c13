import { WorkerDefinitionError } from '../core/errors.js';

/**
 * Refuses what TypeScript lets through, or JavaScript: a decorator of methods on anything but a method of instances.
 *
 * @throws WorkerDefinitionError at once, since what is misplaced may never be looked at again
 */
export function requireMethod(
  decorator: string,
  target: unknown,
  member: unknown,
  descriptor: PropertyDescriptor | undefined,
): asserts descriptor is PropertyDescriptor {
  const misplaced = misplacement(target, member, descriptor);
  if (misplaced === undefined) return;
  const [value, remedy] = misplaced;
  throw new WorkerDefinitionError([
    { place: placeOf(target, member), option: decorator, value, remedy },
  ]);
}

function misplacement(
  target: unknown,
  member: unknown,
  descriptor: PropertyDescriptor | undefined,
): readonly [value: string, remedy: string] | undefined {
  if (typeof member === 'object' && member !== null) {
    return [
      'a standard decorator',
      'set "experimentalDecorators": true in tsconfig.json, as Nest needs it',
    ];
  }
  if (member === undefined) return ['a class', 'decorate the method that does the work'];
  if (typeof target === 'function') {
    return [
      'a static method',
      'make it an instance method of a provider, or give it to registerWorker()',
    ];
  }
  if (descriptor?.get !== undefined || descriptor?.set !== undefined) {
    return ['an accessor', 'decorate a method'];
  }
  if (typeof descriptor?.value !== 'function') {
    return ['a property', 'decorate a method; a function in a property is not found'];
  }
  return undefined;
}

function placeOf(target: unknown, member: unknown): string {
  const owner = typeof target === 'function' ? target : (target as object | null)?.constructor;
  const className = typeof owner === 'function' && owner !== Object ? owner.name : 'A class';
  return typeof member === 'string' || typeof member === 'symbol'
    ? `${className}.${String(member)}`
    : className;
}
