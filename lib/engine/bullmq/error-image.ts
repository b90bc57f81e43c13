import * as errors from '../../core/errors.js';
import type { Failure } from '../../core/failure.js';
import { isErrorLike, normaliseFailure } from '../../execution/normalise-failure.js';
import { storable } from '../../execution/storable.js';

/** An error on its way through the store. */
export interface ErrorImage extends Failure {
  /** The class and the properties of one of our own. */
  readonly own?: { readonly type: string; readonly properties: Readonly<Record<string, unknown>> };
  /** It was no `Error`. */
  readonly isNoError?: true;
}

type Prototype = errors.OrchestratorError;

/** A `Map`: the name comes from the store. */
const OWN = new Map<string, Prototype>(
  Object.entries(errors).flatMap(([name, type]) =>
    name === 'OrchestratorError' ? [] : [[name, type.prototype as Prototype] as const],
  ),
);

export function imageOfError(thrown: unknown): ErrorImage {
  const failure = normaliseFailure(thrown);
  if (!isErrorLike(thrown)) return { ...failure, isNoError: true };
  if (!(thrown instanceof errors.OrchestratorError) || !OWN.has(failure.name)) return failure;
  return { ...failure, own: { type: failure.name, properties: propertiesOf(thrown) } };
}

/** The same error, as far as JSON carries it; the failure itself where no `Error` was thrown. */
export function errorOf(image: ErrorImage): unknown {
  if (image.isNoError === true) return image.message;
  const prototype = OWN.get(image.own?.type ?? '');
  const error = new Error(image.message);
  if (prototype !== undefined) Object.setPrototypeOf(error, prototype);
  const shown = prototype === undefined ? { name: image.name } : image.own?.properties;
  const rest = { ...shown, ...(image.code !== undefined && { code: image.code }) };
  for (const [key, value] of Object.entries({ ...rest, stack: image.stack })) {
    Object.defineProperty(error, key, { value, configurable: true, writable: true });
  }
  return error;
}

/** Those that the store can take; somebody else may have put others there. */
function propertiesOf(error: errors.OrchestratorError): Record<string, unknown> {
  try {
    const properties = Object.entries(error).filter(([, value]) => isPlain(value));
    return storable(Object.fromEntries(properties));
  } catch {
    return {};
  }
}

function isPlain(value: unknown): boolean {
  return Array.isArray(value) ? value.every(isPrimitive) : isPrimitive(value);
}

function isPrimitive(value: unknown): boolean {
  return value === null || ['string', 'number', 'boolean', 'undefined'].includes(typeof value);
}
