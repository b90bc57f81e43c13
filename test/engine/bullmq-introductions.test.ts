import { expect, it } from 'vitest';
import { DeclaredWorkers } from '../../lib/engine/bullmq/declaration.js';
import { Introductions } from '../../lib/engine/bullmq/introductions.js';
import { worker } from '../support/core/scheduler-with.js';
import { deferred } from './engine-lab.js';

it('Who is asked for its workers while it tells of them does not tell of them twice', async () => {
  const answer = deferred();
  let told = 0;
  const introductions = new Introductions(() => {
    told++;
    return answer.promise;
  });
  const first = introductions.make();

  await introductions.makeAgain();
  expect(told).toBe(1);

  answer.resolve();
  await first;
  await introductions.makeAgain();
  expect(told).toBe(2);
});

it('Who could not tell of its workers tells of them again where it is asked for them', async () => {
  let told = 0;
  const introductions = new Introductions(async () => {
    told++;
    throw new Error('nobody leads');
  });

  await expect(introductions.make()).rejects.toThrow('nobody leads');
  await introductions.makeAgain();
  await introductions.makeAgain();
  expect(told).toBe(3);
});

it('Each change of the workers is told apart from those before', () => {
  const declared = new DeclaredWorkers();
  declared.declare(worker('work'), 1_000);
  const first = declared.introduce('a', 500);
  declared.remove('work');
  const second = declared.introduce('a', 500);

  expect(first).toMatchObject({ replica: 'a', declarations: { work: { at: 1_500 } } });
  expect(second.declarations).toEqual({});
  expect(second.revision).toBeGreaterThan(first.revision);
});
