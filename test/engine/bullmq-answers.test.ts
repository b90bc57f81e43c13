import type { Queue } from 'bullmq';
import { expect, it, vi } from 'vitest';
import { Answers } from '../../lib/engine/bullmq/answers.js';
import { Alarms } from '../../lib/execution/alarms.js';
import { VirtualClock } from '../../lib/testing/virtual-clock.js';
import { deferred } from './engine-lab.js';

const ANSWERED = { id: 'c1', finishedOn: 1, progress: 0 as unknown, returnvalue: { value: 42 } };
/** Of what will be known here, in time. */
const SURE = { end: new Promise(() => undefined), isSure: () => true, ask: () => undefined };

/** Of a store that has the answer 42 to everything, or nothing. */
function answersIn({ isEmpty = false } = {}) {
  const clock = new VirtualClock();
  const getJob = vi.fn(async (_id: string): Promise<object | undefined> =>
    isEmpty ? undefined : ANSWERED,
  );
  const answers = new Answers({ getJob } as unknown as Queue, 3_000, new Alarms(clock), clock);
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
  void answers.answer('c1', { ...SURE, end: Promise.resolve('known') });
  void answers.answer('c2', { ...SURE, end: Promise.reject(new Error('known')) });
  await clock.advance('3s');

  expect(await other).toBe(42);
  expect(getJob.mock.calls).toEqual([['c1']]);
});

it('What the store does not know is lost, unless it will be known here', async () => {
  const { clock, answers, getJob } = answersIn({ isEmpty: true });
  const known = answers.answer('c2', SURE);
  const lost = answers.answer('c1');
  await clock.advance('1m');

  await expect(lost).rejects.toThrow('the store has lost the answer');
  expect(getJob).not.toHaveBeenCalledWith('c2');
  expect(await Promise.race([known, Promise.resolve('unsettled')])).toBe('unsettled');
});

it('What will be known here no more is asked for until there is an answer', async () => {
  const { clock, answers, getJob } = answersIn({ isEmpty: true });
  let isSure = true;
  const ask = vi.fn();
  const answer = answers.answer('c1', { ...SURE, isSure: () => isSure, ask });
  await clock.advance('1m');
  expect(ask).not.toHaveBeenCalled();

  isSure = false;
  await clock.advance('2s');
  expect(ask).toHaveBeenCalledOnce();
  await clock.advance('20s');
  expect(ask.mock.calls.length).toBeGreaterThan(1);

  getJob.mockResolvedValue(ANSWERED);
  await clock.advance('20s');
  expect(await answer).toBe(42);
});

it.each([undefined, 1])(
  'A trigger whose acceptance nobody tells of is the run that its job names (finished: %s)',
  async (finishedOn) => {
    const { clock, answers, getJob } = answersIn();
    const data = { type: 'trigger' };
    const progress = { joined: 'c0' };
    getJob.mockResolvedValue({ ...ANSWERED, ...{ data, processedOn: 1, progress, finishedOn } });
    const accepted = answers.accepted('c1');
    await clock.advance('15s');
    expect(await accepted).toBe('c0');
  },
);

it('A trigger that a leader has picked up, and is just refusing, is not accepted', async () => {
  const { clock, answers, getJob } = answersIn();
  const pickedUp = { ...WAITING, processedOn: 1 };
  getJob.mockResolvedValue(pickedUp);
  const accepted = answers.accepted('c1');
  await clock.advance('3s');

  const error = { name: 'EngineUnavailableError', message: 'it came too late' };
  getJob.mockResolvedValue({ ...pickedUp, finishedOn: 2, returnvalue: { error } });
  await clock.advance('4s');
  await expect(accepted).rejects.toThrow('it came too late');
});

it('What was on its way when it was looked for is not lost', async () => {
  const { clock, answers, getJob } = answersIn();
  const found = deferred<undefined>();
  const sent = deferred();
  getJob.mockReturnValueOnce(found.promise);
  const answer = answers.answer('c1');
  void answers.whileSending('c1', sent.promise);
  await clock.advance('1s');
  sent.resolve();
  await clock.advance(1);
  found.resolve(undefined);
  await clock.advance('5s');
  expect(await answer).toBe(42);
});

const ACCEPTED = { type: 'accepted', command: 'c1', runId: 'c1' } as const;
const WAITING = { ...ANSWERED, data: { type: 'trigger' }, finishedOn: undefined };

it.each([
  ['heard to be accepted', true],
  ['found', true],
  ['neither heard of nor found', false],
])(
  'What failed on its way and was %s: that the store lacks it later means that it is lost: %s',
  async (how, isLost) => {
    const { clock, answers } = answersIn({ isEmpty: true });
    const answer = answers.answer('c1');
    const sent = answers.whileSending('c1', Promise.reject(new Error('no answer in time')));
    await expect(sent).rejects.toThrow('no answer in time');
    if (how === 'heard to be accepted') answers.hear(ACCEPTED);
    if (how === 'found') answers.learn('c1', WAITING as never);
    await clock.advance('1m');

    const unsettled = Promise.resolve('unsettled');
    if (isLost) await expect(answer).rejects.toThrow('the store has lost the answer');
    else expect(await Promise.race([answer, unsettled])).toBe('unsettled');
  },
);
