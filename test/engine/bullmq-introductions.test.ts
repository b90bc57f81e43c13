import { expect, it } from 'vitest';
import { Introductions } from '../../lib/engine/bullmq/introductions.js';
import { deferred } from './engine-lab.js';

it('A replica that nobody has heard tells of its workers again', async () => {
  const answers = [Promise.reject(new Error('no leader')), Promise.resolve(false)];
  const introductions = new Introductions(() => answers.shift() ?? Promise.resolve(true));

  await expect(introductions.make()).rejects.toThrow('no leader');
  expect(introductions.isComplete).toBe(false);
  await introductions.makeAgain();
  expect(introductions.isComplete).toBe(false);

  await introductions.makeAgain();
  expect(introductions.isComplete).toBe(true);
});

it('Who is asked for its workers while it tells of them does not tell of them twice', async () => {
  const answer = deferred<boolean>();
  let told = 0;
  const introductions = new Introductions(() => {
    told++;
    return answer.promise;
  });
  const first = introductions.make();

  await introductions.makeAgain();
  expect(told).toBe(1);

  answer.resolve(true);
  await first;
  await introductions.makeAgain();
  expect(told).toBe(2);
});

it('What is declared while another is told of is not taken for told', async () => {
  const [first, second] = [deferred<boolean>(), deferred<boolean>()];
  const answers = [first.promise, second.promise];
  const introductions = new Introductions(() => answers.shift() ?? Promise.resolve(true));
  const making = [introductions.make(), introductions.make()];

  first.resolve(true);
  await making[0];
  expect(introductions.isComplete).toBe(false);

  second.resolve(true);
  await making[1];
  expect(introductions.isComplete).toBe(true);
});
