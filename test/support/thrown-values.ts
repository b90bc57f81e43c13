/** What workers throw (hazard B26): all that has left a queue stuck or taken a process down. */
export interface ThrownValue {
  readonly what: string;
  readonly make: () => unknown;
  /** Of the failure that it becomes. */
  readonly name: string;
  readonly message: string | RegExp;
}

/** Stands for any code of a worker that throws where nobody expects it to. */
export function boom(): never {
  throw new Error('boom');
}

/** Every access to it throws, whatever trap it takes. */
export function hostileProxy(): object {
  return new Proxy({}, new Proxy({}, { get: () => boom }));
}

export function revokedProxy(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function throwingGetter(property: string): Error {
  return Object.defineProperty(new Error('hidden'), property, { get: boom });
}

function circularCauses(length: number): Error {
  const innermost = new Error('innermost');
  let error = innermost;
  for (let link = 1; link < length; link += 1) error = new Error('link', { cause: error });
  innermost.cause = error;
  return error;
}

class EndlessCauses extends Error {
  override get cause(): unknown {
    return new EndlessCauses('again');
  }
}

class FixedName extends Error {}
Object.defineProperty(FixedName.prototype, 'name', { value: 'FixedName', writable: false });

function aggregateOf(length: number): Error {
  const errors = Array.from({ length }, (_, index) => new Error(`e${String(index)}`));
  return new AggregateError(errors, 'all');
}

function endlessErrors(): Error {
  const get = (_: object, key: unknown): unknown => (key === 'length' ? Infinity : 'e');
  return Object.assign(new Error('many'), { errors: new Proxy([], { get }) });
}

const NO_ERROR = 'an object that is no Error was thrown';

const row = (
  what: string,
  make: () => unknown,
  name: string,
  message: string | RegExp,
): ThrownValue => ({ what, make, name, message });

const PRIMITIVES = [
  row('undefined', () => undefined, 'NonError', 'undefined was thrown'),
  row('null', () => null, 'NonError', 'null was thrown'),
  row('zero', () => 0, 'NonError', '0 was thrown'),
  row('false', () => false, 'NonError', 'false was thrown'),
  row('an empty string', () => '', 'NonError', 'an empty string was thrown'),
  row('a string', () => 'boom', 'NonError', 'boom'),
  row('a symbol', () => Symbol('x'), 'NonError', 'Symbol(x) was thrown'),
  row('a bigint', () => 10n, 'NonError', '10n was thrown'),
  row('a huge bigint', () => 2n ** 1_000_000n, 'NonError', 'a huge bigint was thrown'),
  row('a string of 5 MB', () => 'x'.repeat(5e6), 'NonError', /^x{1999}…$/),
  row('a symbol of 5 MB', () => Symbol('x'.repeat(5e6)), 'NonError', /^Symbol\(x+…$/),
];

const OBJECTS = [
  row('an object', () => ({}), 'NonError', NO_ERROR),
  row('an object without prototype', (): unknown => Object.create(null), 'NonError', NO_ERROR),
  row('an array', () => [1], 'NonError', 'an array was thrown'),
  row('a function', () => boom, 'NonError', 'a function was thrown'),
  row('an object with a message', () => ({ message: 'rejected' }), 'NonError', 'rejected'),
  row('an object with a function for a message', () => ({ message: boom }), 'NonError', NO_ERROR),
  row('a hostile proxy', hostileProxy, 'NonError', NO_ERROR),
  row('a revoked proxy', revokedProxy, 'NonError', 'a value that cannot be read was thrown'),
];

const ERRORS = [
  row('an Error', () => new TypeError('no'), 'TypeError', 'no'),
  row('an Error without message', () => new Error(), 'Error', ''),
  row('a frozen Error', () => Object.freeze(new Error('frozen')), 'Error', 'frozen'),
  row('an Error with a fixed name', () => new FixedName('fixed'), 'FixedName', 'fixed'),
  row('an Error of 5 MB', () => new Error('x'.repeat(5e6)), 'Error', /^x{1999}…$/),
  row(
    'an Error with a throwing message',
    () => throwingGetter('message'),
    'Error',
    'an error whose message cannot be read was thrown',
  ),
  ...['name', 'stack', 'code', 'cause', 'errors', 'toString', 'toJSON'].map((property) =>
    row(`an Error with a throwing ${property}`, () => throwingGetter(property), 'Error', 'hidden'),
  ),
];

const CHAINS = [
  row('its own cause', () => circularCauses(1), 'Error', 'innermost'),
  row(
    'a circle of 10 000 causes',
    () => circularCauses(10_000),
    'Error',
    /^(link; caused by Error: ){5}link$/,
  ),
  row(
    'causes without end',
    () => new EndlessCauses('first'),
    'Error',
    /^first(; caused by Error: again){5}$/,
  ),
  row(
    'a hostile cause',
    () => new Error('outer', { cause: hostileProxy() }),
    'Error',
    'outer; caused by NonError',
  ),
  row(
    'an AggregateError of 1 000',
    () => aggregateOf(1_000),
    'AggregateError',
    'all [Error: e0; Error: e1; Error: e2; and 997 more]',
  ),
  row(
    'an AggregateError of nonsense',
    () => new AggregateError([null, hostileProxy(), 'x']),
    'AggregateError',
    '[null; NonError; x]',
  ),
  row('errors without end', endlessErrors, 'Error', 'many [e; e; e; and Infinity more]'),
];

export const THROWN_VALUES: readonly ThrownValue[] = [
  ...PRIMITIVES,
  ...OBJECTS,
  ...ERRORS,
  ...CHAINS,
];
