import { Observable } from 'rxjs';
import { expect, it } from 'vitest';
import { holdOpen } from '../../lib/execution/unsettled-work.js';
import { attemptLab, guardTheProcess } from './attempt-lab.js';

guardTheProcess();

it.each([
  ['that resolves', false],
  ['that rejects', true],
])('Work %s holds an attempt open until then, however its body ended', async (_, rejects) => {
  const { clock, start, sleep } = attemptLab();
  const { told } = start((run) => {
    const work = sleep(70).then(() => {
      if (rejects) throw new Error('of no account');
    });
    holdOpen(run, work).catch(() => undefined);
    throw new Error('the body fails first');
  });
  await clock.advance('1h');

  expect(told).toEqual(['failed at 70']);
});

it('Work that is added meanwhile holds it open too', async () => {
  const { clock, start, sleep } = attemptLab();
  const { told } = start((run) => {
    void holdOpen(
      run,
      sleep(70).then(() => void holdOpen(run, sleep(30))),
    );
  });
  await clock.advance('1h');

  expect(told).toEqual(['succeeded at 100']);
});

it('Work that outlasts the attempt is waited for, then abandoned', async () => {
  const { clock, start, sleep } = attemptLab();
  const { told } = start((run) => new Observable(() => void holdOpen(run, sleep(2_000))));
  await clock.advance('1h');

  expect(told).toEqual(['timed-out at 1000', 'abandoned at 1100', 'settled at 2000']);
});
