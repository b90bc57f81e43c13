import { addAbortListener } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { aborted } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import { RunCancelledError } from '../../lib/core/errors.js';
import type { RunContext } from '../../lib/execution/run-context.js';
import { boom } from '../support/thrown-values.js';
import { attemptLab, guardTheProcess } from './attempt-lab.js';

const rejecting = (() => Promise.reject(new Error('boom'))) as () => void;

guardTheProcess();

/** A running attempt with its signal, and what aborts it. */
async function running() {
  const { clock, start, logger } = attemptLab();
  let run: RunContext | undefined;
  const { attempt, told } = start((context) => {
    run = context;
    return new Promise(() => undefined);
  });
  await clock.advance(0);
  const reason = new RunCancelledError('mail', 'run-1', 'by hand');
  const abort = async () => {
    attempt.abort(reason, { status: 'cancelled', why: 'by hand' });
    await clock.advance(0);
  };
  return { signal: (run as RunContext).signal, abort, reason, told, logger };
}

describe('The listeners of the signal of a run', () => {
  it.each<[string, (signal: AbortSignal) => unknown]>([
    ['a function throws', (signal) => signal.addEventListener('abort', boom)],
    ['an object throws', (signal) => signal.addEventListener('abort', { handleEvent: boom })],
    ['an async function rejects', (signal) => signal.addEventListener('abort', rejecting)],
    ['onabort throws', (signal) => (signal.onabort = boom)],
    ['an async onabort rejects', (signal) => (signal.onabort = rejecting)],
  ])('cannot end the process where %s: that is logged', async (_, listen) => {
    const { signal, abort, told, logger } = await running();
    const other = vi.fn();
    listen(signal);
    signal.addEventListener('abort', other);
    await abort();

    expect(told).toEqual(['cancelled at 0']);
    expect(other).toHaveBeenCalledTimes(1);
    expect(logger.error).toHaveBeenCalledExactlyOnceWith(
      'Worker "mail" has an abort listener that failed. Error: boom',
    );
  });

  it('are called as listeners are: this, the event, once each', async () => {
    const { signal, abort } = await running();
    const listener = vi.fn(function (this: unknown, event: Event) {
      return [this, event.type, event.target];
    });
    signal.addEventListener('abort', listener);
    signal.addEventListener('abort', listener);
    await abort();
    await abort();

    expect(listener.mock.results.map(({ value }) => value as unknown)).toEqual([
      [signal, 'abort', signal],
    ]);
  });

  it('can be removed', async () => {
    const { signal, abort } = await running();
    const listener = vi.fn();
    signal.addEventListener('abort', listener);
    signal.removeEventListener('abort', listener);
    signal.onabort = listener;
    expect(signal.onabort).toBe(listener);
    Reflect.set(signal, 'onabort', 'no listener');
    expect(signal.onabort).toBe(null);
    await abort();

    expect(listener).not.toHaveBeenCalled();
  });

  it('obey their options', async () => {
    const { signal, abort } = await running();
    const [listener, gone] = [vi.fn(), new AbortController()];
    signal.addEventListener('abort', listener, { signal: gone.signal });
    gone.abort();
    await abort();

    expect(listener).not.toHaveBeenCalled();
  });

  it('leave the signal as good as any for Node', async () => {
    const { signal, abort, reason } = await running();
    const listener = vi.fn();
    const resource = {};
    addAbortListener(signal, listener);
    const sleeping = expect(delay(60_000, undefined, { signal })).rejects.toMatchObject({
      name: 'AbortError',
    });
    const noticed = aborted(signal, resource);
    const derived = AbortSignal.any([signal]);
    const request = new Request('http://localhost', { signal });
    await abort();

    expect(signal).toBeInstanceOf(AbortSignal);
    expect(listener).toHaveBeenCalledTimes(1);
    expect(derived.reason).toBe(reason);
    expect(request.signal.aborted).toBe(true);
    await sleeping;
    await noticed;
  });
});
