import { PayloadError } from './core/errors.js';
import { normaliseFailure } from './execution/normalise-failure.js';

/**
 * The payload as JSON carries it, in every engine: so a worker that works in one process works on a fleet.
 *
 * @throws PayloadError where JSON would lose something
 */
export function copyOfPayload(worker: string, payload: unknown): unknown {
  if (payload === undefined || payload === null || typeof payload === 'boolean') return payload;
  if (typeof payload === 'string') return payload;
  try {
    const text = JSON.stringify(payload, refuseWhatJsonLoses) as string | undefined;
    if (text === undefined) throw new TypeError('its toJSON() returns nothing');
    return JSON.parse(text);
  } catch (error) {
    const { message } = normaliseFailure(error);
    throw new PayloadError(worker, `its payload cannot be serialised (${firstLine(message)})`);
  }
}

/** JSON makes an empty object of these. */
const LOST = [Map, Set, WeakMap, WeakSet, Promise, RegExp, Error];

function refuseWhatJsonLoses(
  this: Readonly<Record<string, unknown>>,
  key: string,
  value: unknown,
): unknown {
  const where = key === '' ? 'the payload' : `"${key}"`;
  if (typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint') {
    throw new TypeError(`${where} is a ${typeof value}`);
  }
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new TypeError(`${where} is ${String(value)}`);
  }
  // Its toJSON() has made null of it.
  if (value === null && this[key] instanceof Date) throw new TypeError(`${where} is no date`);
  const lost = LOST.find((type) => value instanceof type);
  if (lost !== undefined) throw new TypeError(`${where} is a ${lost.name}`);
  return value;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? text;
}
