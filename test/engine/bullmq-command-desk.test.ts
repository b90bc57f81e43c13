import { EventEmitter } from 'node:events';
import { WaitingError } from 'bullmq';
import { expect, it, vi } from 'vitest';
import { EngineUnavailableError } from '../../lib/core/errors.js';
import { CommandDesk } from '../../lib/engine/bullmq/command-desk.js';
import type { Reign } from '../../lib/engine/bullmq/reign.js';
import type { RollCall } from '../../lib/engine/bullmq/roll-call.js';
import type { Store } from '../../lib/engine/bullmq/store.js';
import { unpacked } from '../../lib/engine/bullmq/wire.js';

const LEASE_MS = 3;

/** Of a leader whose lease has run out. */
function deskWithoutLease() {
  const reign = {
    leads: false,
    asked: 0,
    act: (command: (now: number) => unknown) => {
      reign.asked++;
      if (!reign.leads) throw new EngineUnavailableError('this replica leads no more');
      return command(0);
    },
    scheduler: { viewWorker: (name: string) => ({ name }) },
  };
  const worker = Object.assign(new EventEmitter(), {
    pause: async () => undefined,
    close: async () => undefined,
  });
  let serve: (job: unknown) => Promise<{ value: string }> = () => Promise.reject(new Error());
  const store = {
    worker: (_name: string, process: typeof serve) => {
      serve = process;
      return worker;
    },
  };
  const desk = new CommandDesk(
    reign as unknown as Reign,
    {} as RollCall,
    store as unknown as Store,
    LEASE_MS,
    new Map(),
  );
  desk.open();
  const moveToWait = vi.fn(async () => undefined);
  const job = { id: 'c1', token: 't', data: { type: 'worker', worker: 'w' }, moveToWait };
  return { desk, reign, moveToWait, answer: serve(job) };
}

it('What a leader cannot answer any more goes back when it leaves, for the next one', async () => {
  const { desk, reign, moveToWait, answer } = deskWithoutLease();
  await vi.waitFor(() => expect(reign.asked).toBeGreaterThan(1), 15_000);
  expect(moveToWait).not.toHaveBeenCalled();

  await desk.close(1_000);

  await expect(answer).rejects.toBeInstanceOf(WaitingError);
  expect(moveToWait).toHaveBeenCalledExactlyOnceWith('t');
});

it('What comes while a lease is renewed too late is answered after that', async () => {
  const { desk, reign, answer } = deskWithoutLease();
  await vi.waitFor(() => expect(reign.asked).toBeGreaterThan(0), 15_000);

  reign.leads = true;

  expect(unpacked((await answer).value)).toEqual({ name: 'w' });
  await desk.close(1_000);
});
