import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { expect, it } from 'vitest';
import { bullmq, type BullMQOptions } from '../../lib/engine/bullmq/index.js';

const connection = 'redis://localhost';

it.each([
  ['connection', { connection: undefined }],
  ['connection', { connection: 'mysql://user:S3CRET@host/db' }],
  ['connection', { connection: { connect: null, options: { password: 'S3CRET' } } }],
  ['connection', { connection: { connect: null, isCluster: true } }],
  ['prefix', { connection, prefix: '' }],
  ['prefix', { connection, prefix: 'a:b' }],
  ['prefix', { connection, prefix: 'x'.repeat(49) }],
  ['lease', { connection, lease: 0 }],
  ['lease', { connection, lease: '10ms' }],
  ['lease', { connection, lease: 'soon' }],
])('refuses a senseless %s, and shows no secret', (option, options) => {
  let message = '';
  try {
    bullmq(options as BullMQOptions);
  } catch (error) {
    message = (error as Error).message;
  }
  expect(message).toContain(option);
  expect(message).not.toContain('S3CRET');
});

it('takes clients of ioredis and pools of pg, without connecting them', () => {
  for (const client of [new Redis({ lazyConnect: true }), new Pool()]) {
    expect(() => bullmq({ connection: client })).not.toThrow();
  }
});
