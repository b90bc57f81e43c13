import { PayloadError } from './core/errors.js';
import { shortened } from './execution/bounded-text.js';
import { normaliseFailure } from './execution/normalise-failure.js';
import { isStorable } from './execution/storable.js';

const LONGEST_PATH = 200;

/**
 * The payload as JSON carries it, in every engine: so a worker that works in one process works on a fleet.
 *
 * @throws PayloadError where JSON would lose something, naming where it stands
 */
export function copyOfPayload(worker: string, payload: unknown): unknown {
  if (payload === undefined || payload === null || typeof payload === 'boolean') return payload;
  try {
    const text = JSON.stringify(payload, refuserOfLosses()) as string | undefined;
    if (text === undefined) throw new TypeError('its toJSON() returns nothing');
    if (!isStorable(text)) throw new TypeError('it has NUL or half a surrogate pair in a text');
    return JSON.parse(text);
  } catch (error) {
    const { message } = normaliseFailure(error);
    throw new PayloadError(worker, `its payload cannot be serialised (${firstLine(message)})`);
  }
}

type Holder = Readonly<Record<string, unknown>>;
type Refuser = (this: Holder, key: string, value: unknown) => unknown;

/** Where a value stands. */
interface Place {
  readonly holder: Holder;
  readonly key: string;
}

function refuserOfLosses(): Refuser {
  /** Of each object, where it was met last: the way to it. */
  const places = new Map<unknown, Place>();
  return function refuse(key, value) {
    const loss = lossOf(value, key, this);
    if (loss !== undefined) throw new TypeError(`${pathTo(this, key, places)} ${loss}`);
    if (typeof value === 'object') places.set(value, { holder: this, key });
    return value;
  };
}

/** What JSON would lose of a value, as the end of a sentence about it. */
function lossOf(value: unknown, key: string, holder: Holder): string | undefined {
  switch (typeof value) {
    case 'function':
    case 'symbol':
    case 'bigint':
      return `is a ${typeof value}`;
    case 'number':
      return Number.isFinite(value) ? undefined : `is ${String(value)}`;
    case 'undefined':
      return Array.isArray(holder) ? 'is undefined, of which an array makes null' : undefined;
    case 'object':
      return value === null ? lossOfNull(holder[key]) : lossOfObject(value);
    default:
      return undefined;
  }
}

/** A date that is none has made null of itself. */
function lossOfNull(original: unknown): string | undefined {
  return original instanceof Date ? 'is no date' : undefined;
}

/** What is of a kind of its own keeps its content where JSON does not look. */
function lossOfObject(value: object): string | undefined {
  const kind = Object.prototype.toString.call(value).slice('[object '.length, -1);
  if (kind !== 'Object' && kind !== 'Array') return `is of the kind ${kind}`;
  const isListed = Object.prototype.propertyIsEnumerable.bind(value);
  return Object.getOwnPropertySymbols(value).some(isListed) ? 'has a symbol as a key' : undefined;
}

function pathTo(holder: Holder, key: string, places: ReadonlyMap<unknown, Place>): string {
  const steps: string[] = [];
  let place: Place = { holder, key };
  // Whoever holds the payload itself stands nowhere.
  while (places.has(place.holder)) {
    steps.push(/^\d+$/.test(place.key) ? `[${place.key}]` : `.${place.key}`);
    place = places.get(place.holder) ?? place;
  }
  return shortened(`payload${steps.reverse().join('')}`, LONGEST_PATH);
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? text;
}
