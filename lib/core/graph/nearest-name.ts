import { closest, distance } from 'fastest-levenshtein';

/** The known name that was probably meant, if any comes close. */
export function nearestName(wrong: string, known: Iterable<string>): string | undefined {
  const names = [...known];
  if (names.length === 0 || wrong.length > 200) return undefined;
  const nearest = closest(wrong, names);
  return distance(wrong, nearest) <= Math.max(2, wrong.length / 3) ? nearest : undefined;
}
