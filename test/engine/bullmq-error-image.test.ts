import { expect, it } from 'vitest';
import { NonRetryableError, RunTimeoutError } from '../../lib/core/errors.js';
import { errorOf, imageOfError } from '../../lib/engine/bullmq/error-image.js';

it('An error of ours keeps its class and its properties on its way through the store', () => {
  const error = new RunTimeoutError('report', 'r1', 50);
  const there = errorOf(JSON.parse(JSON.stringify(imageOfError(error))) as never);
  expect(there).toBeInstanceOf(RunTimeoutError);
  expect((there as RunTimeoutError).worker).toBe('report');
  expect((there as RunTimeoutError).runId).toBe('r1');
});

it('What somebody has put on an error, and no store can take, is left out', () => {
  const circle: unknown[] = [];
  circle.push(circle);
  const given = { id: 5n, circle, at: new Date(0), call: () => 1, note: 'a\0b', code: 'E_ID' };
  const image = imageOfError(Object.assign(new NonRetryableError('no such customer'), given));
  expect(JSON.parse(JSON.stringify(image))).toMatchObject({
    message: 'no such customer',
    own: { type: 'NonRetryableError', properties: { note: 'a\ufffdb' } },
  });
  expect(Object.keys(image.own?.properties ?? {})).not.toContain('circle');
});

it('An error that does not let itself be read is told by its name', () => {
  const error = new NonRetryableError('no such customer');
  Object.defineProperty(error, 'detail', {
    enumerable: true,
    get: () => {
      throw new Error('hostile');
    },
  });
  expect(imageOfError(error)).toMatchObject({
    own: { type: 'NonRetryableError', properties: {} },
  });
});
