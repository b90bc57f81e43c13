import type { Queue } from 'bullmq';
import { expect, it, vi } from 'vitest';
import { Answers } from '../../lib/engine/bullmq/answers.js';
import { Alarms } from '../../lib/execution/alarms.js';
import { VirtualClock } from '../../lib/testing/virtual-clock.js';

/** Of a store that has the answer 42 to everything, or nothing. */
function answersIn({ isEmpty = false } = {}) {
  const clock = new VirtualClock();
  const job = { finishedOn: 1, returnvalue: { value: 42 } };
  const getJob = vi.fn(async () => (isEmpty ? undefined : job));
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
  void answers.answer('c1', { end: Promise.resolve('known'), isSure: () => true });
  void answers.answer('c2', { end: Promise.reject(new Error('known')), isSure: () => true });
  await clock.advance('3s');

  expect(await other).toBe(42);
  expect(getJob.mock.calls).toEqual([['c1']]);
});

it('What the store does not know is lost, unless it will be known here', async () => {
  const { clock, answers } = answersIn({ isEmpty: true });
  const here = { isSure: true };
  const ended = vi.fn();
  const end = new Promise(() => undefined);
  const lost = answers.answer('c1');
  answers.answer('c2', { end, isSure: () => here.isSure }).then(ended, ended);
  await clock.advance('1m');

  await expect(lost).rejects.toThrow('the store has lost the answer');
  expect(ended).not.toHaveBeenCalled();

  here.isSure = false;
  await clock.advance('20s');
  expect(ended).toHaveBeenCalledOnce();
});
