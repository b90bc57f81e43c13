import ms from 'ms';

/**
 * A length of time: a whole number of milliseconds, or text such as `'250ms'`, `'30s'`, `'5m'`, `'1h'`, `'2d'`.
 *
 * At most 100 years.
 *
 * @publicApi
 */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

const TEXT = /^\d+(?:\.\d+)?(?:ms|s|m|h|d)$/;
const LONGEST_MS = 100 * 366 * 24 * 60 * 60 * 1000;

/** Milliseconds, or `undefined` where the value is no duration. Zero is one; a negative or fractional number is not. */
export function parseDuration(value: unknown): number | undefined {
  const milliseconds =
    typeof value === 'string' && TEXT.test(value) ? ms(value as ms.StringValue) : value;
  if (typeof milliseconds !== 'number' || !Number.isSafeInteger(milliseconds)) return undefined;
  if (milliseconds < 0 || milliseconds > LONGEST_MS || Object.is(milliseconds, -0))
    return undefined;
  return milliseconds;
}
