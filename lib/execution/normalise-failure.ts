import type { Failure } from '../core/failure.js';
import { boundedText, shortened } from './bounded-text.js';

const LONGEST_MESSAGE = 2_000;
const LONGEST_STACK = 8_000;
const LONGEST_WORD = 200;
const DEEPEST_CAUSE = 5;
const MOST_ERRORS = 3;

/**
 * Any thrown value as bounded, well-formed text.
 *
 * Never throws, and calls no method of the value: what workers throw may be a proxy that throws on
 * every access, an error whose getters throw, or megabytes of SQL.
 */
export function normaliseFailure(thrown: unknown): Failure {
  try {
    return isObject(thrown) ? failureOfObject(thrown) : failureOfPrimitive(thrown);
  } catch {
    return { name: 'NonError', message: 'a value that cannot be read was thrown' };
  }
}

/** A failure on one line, for logs and reasons. */
export function failureLine({ name, message }: Failure): string {
  return `${name}: ${message}`.replace(/\s+/g, ' ');
}

/** A property of a value that may be hostile: `undefined` where reading it throws. */
export function readSafely(value: unknown, property: string): unknown {
  try {
    return isObject(value) ? Reflect.get(value, property) : undefined;
  } catch {
    return undefined;
  }
}

function failureOfPrimitive(thrown: unknown): Failure {
  if (thrown === '') return { name: 'NonError', message: 'an empty string was thrown' };
  const message = typeof thrown === 'string' ? thrown : `${primitiveText(thrown)} was thrown`;
  return { name: 'NonError', message: boundedText(message, LONGEST_MESSAGE) };
}

function primitiveText(value: unknown): string {
  // Printing a bigint takes quadratic time.
  if (typeof value !== 'bigint') return String(value);
  return BigInt.asIntN(64, value) === value ? `${String(value)}n` : 'a huge bigint';
}

function failureOfObject(thrown: object): Failure {
  const name = nameOf(thrown);
  const message = boundedText(wholeMessage(thrown), LONGEST_MESSAGE);
  const code = codeOf(thrown);
  const stack = stackOf(thrown, name, message);
  return {
    name,
    message,
    ...(code !== undefined && { code }),
    ...(stack !== undefined && { stack }),
  };
}

function nameOf(thrown: object): string {
  const name = typeof thrown === 'function' ? undefined : readSafely(thrown, 'name');
  if (typeof name === 'string' && name !== '') return boundedText(name, LONGEST_WORD);
  return isErrorLike(thrown) ? 'Error' : 'NonError';
}

function codeOf(thrown: object): string | undefined {
  const code = readSafely(thrown, 'code');
  if (typeof code === 'number') return String(code);
  return typeof code === 'string' && code !== '' ? boundedText(code, LONGEST_WORD) : undefined;
}

/** The message with those of its causes, which is where the reason often stands. */
function wholeMessage(thrown: object): string {
  const parts = [ownMessage(thrown)];
  const seen = new Set<unknown>([thrown]);
  let cause = readSafely(thrown, 'cause');
  while (parts.length <= DEEPEST_CAUSE && cause !== undefined && cause !== null) {
    if (seen.has(cause)) break;
    seen.add(cause);
    parts.push(headline(cause));
    cause = readSafely(cause, 'cause');
  }
  return parts.join('; caused by ');
}

function ownMessage(thrown: object): string {
  const message = readSafely(thrown, 'message');
  const text =
    typeof message === 'string'
      ? shortened(message, LONGEST_MESSAGE)
      : isErrorLike(thrown)
        ? 'an error whose message cannot be read was thrown'
        : `${kindOf(thrown)} was thrown`;
  const errors = firstErrors(thrown);
  return errors === undefined ? text : `${text} [${errors}]`.trimStart();
}

/** What stands behind an `AggregateError`. */
function firstErrors(thrown: object): string | undefined {
  try {
    const errors = readSafely(thrown, 'errors');
    if (!Array.isArray(errors) || errors.length === 0) return undefined;
    const shown = Math.min(errors.length, MOST_ERRORS);
    const lines = Array.from({ length: shown }, (_, index) => headline(errors[index]));
    if (errors.length > shown) lines.push(`and ${String(errors.length - shown)} more`);
    return lines.join('; ');
  } catch {
    return undefined;
  }
}

function headline(value: unknown): string {
  if (!isObject(value)) return shortened(primitiveText(value), LONGEST_WORD);
  const message = readSafely(value, 'message');
  return typeof message === 'string'
    ? `${nameOf(value)}: ${shortened(message, LONGEST_MESSAGE)}`
    : nameOf(value);
}

/** V8 puts the message at the head of the stack, where a long one would push the frames out. */
function stackOf(thrown: object, name: string, message: string): string | undefined {
  const stack = readSafely(thrown, 'stack');
  if (typeof stack !== 'string') return undefined;
  const raw = readSafely(thrown, 'message');
  if (typeof raw !== 'string' || raw.length <= LONGEST_MESSAGE) {
    return boundedText(stack, LONGEST_STACK);
  }
  const frames = stack.slice(stack.indexOf(raw) + raw.length);
  return boundedText(`${name}: ${message}${frames}`, LONGEST_STACK);
}

function kindOf(value: object): string {
  if (typeof value === 'function') return 'a function';
  return Array.isArray(value) ? 'an array' : 'an object that is no Error';
}

/** An error of another realm, such as a worker thread's, is no instance of `Error` here. */
export function isErrorLike(value: unknown): boolean {
  try {
    return value instanceof Error || typeof readSafely(value, 'stack') === 'string';
  } catch {
    return false;
  }
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
