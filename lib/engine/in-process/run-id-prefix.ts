import { randomBytes } from 'node:crypto';

/** Run ids are short, fit for URLs, and differ between processes and boots. */
export function newRunIdPrefix(): string {
  return `${randomBytes(5).toString('hex')}-`;
}
