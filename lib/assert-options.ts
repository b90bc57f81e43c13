import { OptionsError } from './core/errors.js';

/**
 * Of a call that may be given an object, and in it these options.
 *
 * @throws OptionsError where it is none, or has others
 */
export function assertOptions(
  place: string,
  what: string,
  given: unknown,
  known: readonly string[],
): asserts given is object {
  const remedy = `give an object such as { ${known.join(', ')} }, or nothing`;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new OptionsError(place, what, given, remedy);
  }
  for (const [option, value] of Object.entries(given)) {
    if (!known.includes(option)) throw new OptionsError(place, option, value, remedy);
  }
}
