import { closest, distance } from 'fastest-levenshtein';

/**
 * The known name that was probably meant, if any comes close.
 *
 * @param wrong may be anything: a caller without types, or the body of a request
 */
export function nearestName(wrong: unknown, known: Iterable<string>): string | undefined {
  const names = [...known];
  if (typeof wrong !== 'string' || wrong.length > 200 || names.length === 0) return undefined;
  const nearest = closest(wrong, names);
  return distance(wrong, nearest) <= Math.max(2, wrong.length / 3) ? nearest : undefined;
}
