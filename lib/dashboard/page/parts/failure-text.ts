import type { Failure } from '../api/shapes.js';

/** What the server tells of an error: its name alone, unless the application lets it tell more. */
export function failureText({ name, message }: Failure): string {
  return message === undefined || message === '' ? name : `${name}: ${message}`;
}
