import type { Queue } from 'bullmq';
import { expect, it, vi } from 'vitest';
import { Answers } from '../../lib/engine/bullmq/answers.js';
import { Alarms } from '../../lib/execution/alarms.js';
import { VirtualClock } from '../../lib/testing/virtual-clock.js';

/** Of a store that has the answer 42 to everything. */
function answersIn() {
  const clock = new VirtualClock();
  const getJob = vi.fn(async () => ({ finishedOn: 1, returnvalue: { value: 42 } }));
  const answers = new Answers({ getJob } as unknown as Queue, 1_000, new Alarms(clock), clock);
  return { clock, answers, getJob };
}

it('An answer that nobody tells of is looked up', async () => {
  const { clock, answers } = answersIn();
  const answer = answers.answer('c1');
  await clock.advance('3s');
  expect(await answer).toBe(42);
});

it('What is known otherwise is asked for no more, but by others', async () => {
  const { clock, answers, getJob } = answersIn();
  const other = answers.answer('c1');
  void answers.answer('c1', Promise.resolve('known'));
  void answers.answer('c2', Promise.reject(new Error('known')));
  await clock.advance('3s');

  expect(await other).toBe(42);
  expect(getJob.mock.calls).toEqual([['c1']]);
});
