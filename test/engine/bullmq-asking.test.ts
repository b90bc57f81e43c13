import { describe, expect, it, vi } from 'vitest';
import { EngineUnavailableError } from '../../lib/core/errors.js';
import type { Answers, KnownHere } from '../../lib/engine/bullmq/answers.js';
import { Asking } from '../../lib/engine/bullmq/asking.js';
import type { LeadingReplica } from '../../lib/engine/bullmq/leader.js';
import type { Command } from '../../lib/engine/bullmq/messages.js';
import type { Store } from '../../lib/engine/bullmq/store.js';
import { deferred } from './engine-lab.js';
import { packed } from '../../lib/engine/bullmq/wire.js';

const ANSWER = Promise.resolve(packed([{ id: 'a' }, { id: 'b' }]));
const NO_ANSWER = new Promise<never>(() => undefined);
/** After what fails at once. */
const soon = (answer: string) => new Promise<string>((resolve) => setImmediate(resolve, answer));

interface Situation {
  readonly answer?: Promise<unknown>;
  readonly add?: () => Promise<unknown>;
  readonly leader?: LeadingReplica;
  /** What the store has of a command; `undefined` for nothing. By default one that nobody has taken up. */
  readonly found?: () => Promise<object | undefined>;
  readonly remove?: () => Promise<number>;
  /** Whoever leads later: by default, as before. */
  readonly leading?: () => LeadingReplica | undefined;
}

/** By default of a replica that does not lead, where whoever leads knows the runs `a` and `b`. */
function askingReplica({
  answer = ANSWER,
  add,
  leader,
  leading = () => leader,
  found = async () => ({ data: { type: 'trigger' }, attemptsStarted: 0 }),
  remove = async () => 1,
}: Situation = {}) {
  const commands: (Command & { readonly id: string })[] = [];
  const withdrawn: string[] = [];
  const forgotten: string[] = [];
  const asked: string[] = [];
  const heres: KnownHere[] = [];
  const queue = {
    add: async (_type: string, command: Command, { jobId: id }: { jobId: string }) => {
      commands.push({ ...command, id });
      await add?.();
    },
    getJob: found,
    remove: async (id: string) => {
      withdrawn.push(id);
      return remove();
    },
  };
  const answers = {
    answer: (id: string, here?: KnownHere) => {
      asked.push(id);
      if (here !== undefined) heres.push(here);
      return answer;
    },
    accepted: () => answer,
    forget: (id: string) => void forgotten.push(id),
    isAsked: (id: string) => !forgotten.includes(id),
    learn: () => undefined,
    whileSending: (_id: string, sent: Promise<unknown>) => sent,
  };
  const asking = new Asking(
    { queue: () => queue } as unknown as Store,
    answers as unknown as Answers,
    leading,
    2_000,
    1_000,
    () => Date.now(),
  );
  return { asking, commands, withdrawn, forgotten, asked, heres };
}

it('runs that are asked for at once are one command, and each gets its own answer', async () => {
  const { asking, commands } = askingReplica();

  const runs = await Promise.all(['b', 'a', 'unknown', 'a'].map((id) => asking.run(id)));

  expect(runs).toEqual([{ id: 'b' }, { id: 'a' }, undefined, { id: 'a' }]);
  expect(commands).toMatchObject([{ type: 'run', runIds: ['b', 'a', 'unknown'] }]);
});

it('whoever asks later is answered by another command', async () => {
  const { asking, commands } = askingReplica();

  await asking.run('a');
  await asking.run('a');

  expect(commands).toHaveLength(2);
});

describe('What nobody answers in time', () => {
  it.each([
    ['a command', (asking: Asking) => asking.order({ type: 'pause-all' })],
    ['a trigger', (asking: Asking) => asking.trigger('work', {})],
  ])('is withdrawn, and not waited for any more: %s', async (_, ask) => {
    vi.useFakeTimers();
    const { asking, withdrawn, forgotten } = askingReplica({ answer: NO_ANSWER });

    const asked = ask(asking);
    const refused = expect(asked).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
    await vi.advanceTimersByTimeAsync(1_000);
    await refused;

    expect(withdrawn).toHaveLength(1);
    expect(forgotten).toEqual(withdrawn);
    vi.useRealTimers();
  });
});

const DOWN = new Error('the store is down');

describe('A trigger whose way to the store fails', () => {
  /** Only what is sent first fails. */
  function failOnce() {
    let sent = 0;
    return () => (sent++ === 0 ? Promise.reject(DOWN) : Promise.resolve());
  }
  const trigger = { data: { type: 'trigger' }, attemptsStarted: 0 };
  const takenUp = { ...trigger, attemptsStarted: 1 };
  const refusal = { code: 'ENGINE_UNAVAILABLE', message: expect.stringContaining(DOWN.message) };

  it('is accepted where a leader has found it all the same', async () => {
    const { asking, withdrawn } = askingReplica({
      ...{ add: failOnce(), answer: soon('run'), found: async () => takenUp },
    });

    expect(await asking.trigger('work', {})).toMatchObject({ runId: 'run' });
    expect(withdrawn).toEqual([]);
  });

  it('is accepted where that is heard of, whatever the store says', async () => {
    const found = () => new Promise<never>(() => undefined);
    const { asking } = askingReplica({ add: failOnce(), answer: soon('run'), found });

    expect(await asking.trigger('work', {})).toMatchObject({ runId: 'run' });
  });

  it('is withdrawn where no leader has found it yet', async () => {
    const found = async () => trigger;
    const { asking, withdrawn } = askingReplica({ add: failOnce(), answer: NO_ANSWER, found });

    await expect(asking.trigger('work', {})).rejects.toMatchObject(refusal);
    expect(withdrawn).toHaveLength(1);
  });

  it('is accepted where a leader finds it just when it is withdrawn', async () => {
    let found = trigger;
    const { asking } = askingReplica({
      ...{ add: failOnce(), answer: soon('run'), found: async () => found },
      remove: async () => {
        found = takenUp;
        return 0;
      },
    });

    expect(await asking.trigger('work', {})).toMatchObject({ runId: 'run' });
  });

  it('is not accepted where the store has not got it, and has no place any more should it come', async () => {
    const { asking, commands } = askingReplica({
      ...{ add: failOnce(), answer: NO_ANSWER, found: async () => undefined },
    });

    await expect(asking.trigger('work', {})).rejects.toMatchObject(refusal);
    expect(commands).toMatchObject([{ type: 'trigger' }, { type: 'withdrawn' }]);
    expect(new Set(commands.map(({ id }) => id)).size).toBe(1);
  });

  it('is accepted where it comes just then', async () => {
    const looks = [undefined, takenUp];
    const { asking } = askingReplica({
      ...{ add: failOnce(), answer: soon('run'), found: async () => looks.shift() },
    });

    expect(await asking.trigger('work', {})).toMatchObject({ runId: 'run' });
  });

  describe('while the store does not say what it has,', () => {
    it.each([
      ['is accepted once it says that a leader has found it', 1, { runId: 'run' }],
      ['is accepted where it says so soon after any leader would', 7, { runId: 'run' }],
      ['is not accepted once no leader would begin it', Infinity, { code: 'ENGINE_UNAVAILABLE' }],
    ])('%s', async (_, silentFor, expected) => {
      vi.useFakeTimers();
      let asked = 0;
      const isFound = deferred<string>();
      const found = async () => {
        if (++asked <= silentFor) throw DOWN;
        isFound.resolve('run');
        return takenUp;
      };
      const { asking, commands } = askingReplica({
        ...{ add: failOnce(), answer: isFound.promise, found },
      });
      const since = Date.now();
      const told = asking.trigger('work', {}).catch((error: unknown) => error);
      await vi.advanceTimersByTimeAsync(4_000);
      const askedBefore = asked;

      expect(await told).toEqual(expect.objectContaining(expected));
      expect(commands).toMatchObject([{ type: 'trigger', expiresAt: since + 1_000 }]);
      await vi.advanceTimersByTimeAsync(10_000);
      expect(asked).toBe(askedBefore);
      vi.useRealTimers();
    });
  });
});

describe('A wait inside a run', () => {
  it('is made known to whoever leads next', async () => {
    vi.useFakeTimers();
    const lost = deferred();
    const desk = { obey: () => lost.promise };
    let leader = { desk } as unknown as LeadingReplica | undefined;
    const { asking, commands } = askingReplica({ leading: () => leader, answer: NO_ANSWER });
    void asking.ended({ runId: 'awaited', ended: () => NO_ANSWER }, 'waiter');

    leader = undefined;
    lost.reject(new EngineUnavailableError('this replica leads no more'));
    await vi.advanceTimersByTimeAsync(500);

    expect(commands).toMatchObject([{ type: 'await', waiter: 'waiter', awaited: 'awaited' }]);
    vi.useRealTimers();
  });

  it('is asked for no more once it is over', async () => {
    vi.useFakeTimers();
    const ended = deferred();
    const { asking, commands } = askingReplica({ answer: Promise.reject(DOWN) });
    const wait = asking.ended({ runId: 'awaited', ended: () => ended.promise }, 'waiter');
    await vi.advanceTimersByTimeAsync(800);
    ended.resolve();
    await wait;
    await vi.advanceTimersByTimeAsync(10_000);

    expect(commands).toHaveLength(2);
    vi.useRealTimers();
  });
});

it('a trigger on the leader that the store refuses does not run', async () => {
  const revoked: string[] = [];
  const desk = {
    triggerHere: (runId: string) => ({ runId, ending: { wait: () => NO_ANSWER } }),
    revoke: (id: string) => void revoked.push(id),
  };
  const { asking, withdrawn } = askingReplica({
    leader: { desk } as unknown as LeadingReplica,
    add: () => Promise.reject(DOWN),
  });

  await expect(asking.trigger('work', {})).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE' });

  expect(revoked).toHaveLength(1);
  expect(withdrawn).toEqual(revoked);
});

describe('A trigger on the leader whose run begins at once', () => {
  /** That has granted the run. */
  function leaderThatGrants(storing: Promise<void> | undefined) {
    const noted: string[] = [];
    const ending = { isSettled: false, wait: () => NO_ANSWER };
    const desk = {
      triggerHere: (runId: string) => ({ runId, ending, storing }),
      noJobComes: () => void noted.push('needs no job'),
      revoke: () => void noted.push('revoked'),
    };
    const reign = { leads: true, isOver: false };
    return { noted, reign, ending, leader: { desk, reign } as unknown as LeadingReplica };
  }

  it('is in the store with that, and with no job of its own', async () => {
    const { leader, noted } = leaderThatGrants(Promise.resolve());
    const { asking, commands } = askingReplica({ leader });
    await asking.trigger('work', {});

    expect(commands).toEqual([]);
    expect(noted).toEqual(['needs no job']);
  });

  it('is accepted once the store has it', async () => {
    const stored = deferred();
    const { leader } = leaderThatGrants(stored.promise);
    const { asking } = askingReplica({ leader });
    const accepted = asking.trigger('work', {}).then(() => 'accepted');
    await new Promise(setImmediate);
    expect(await Promise.race([accepted, Promise.resolve('on its way')])).toBe('on its way');

    stored.resolve();
    expect(await accepted).toBe('accepted');
  });

  it('does not go on where the store refuses it', async () => {
    const { leader, noted } = leaderThatGrants(Promise.reject(DOWN));
    const { asking, commands } = askingReplica({ leader });

    await expect(asking.trigger('work', {})).rejects.toThrow(DOWN);
    expect(commands).toEqual([]);
    expect(noted).toEqual(['revoked']);
  });

  it.each([
    ['has it', () => Promise.resolve()],
    ['refuses it', () => Promise.reject(DOWN)],
  ])(
    'is told to whoever leads next, where this replica leads no more when the store %s',
    async (_, storing) => {
      const { leader, reign, noted } = leaderThatGrants(storing());
      reign.leads = false;
      const { asking, commands } = askingReplica({ leader });
      await asking.trigger('work', {});

      expect(commands).toMatchObject([{ type: 'trigger', isAccepted: true }]);
      expect(noted).toEqual([]);
    },
  );

  it.each([
    ['before it began', () => undefined],
    ['though the store has not got it', () => Promise.reject(DOWN)],
  ])('is told to nobody where its run is over, %s', async (_, storing) => {
    const { leader, reign, noted, ending } = leaderThatGrants(storing());
    reign.leads = false;
    ending.isSettled = true;
    const { asking, commands } = askingReplica({ leader });
    await asking.trigger('work', {});

    expect(commands).toEqual([]);
    expect(noted).toEqual(['needs no job']);
  });

  it('is followed through whoever leads next, once this replica leads no more', async () => {
    const { leader, reign } = leaderThatGrants(Promise.resolve());
    const { asking, commands, heres } = askingReplica({ leader });
    const run = await asking.trigger('work', {});
    void asking.ended(run, undefined);
    const [here] = heres;
    expect(here?.isSure()).toBe(true);

    reign.isOver = true;
    expect(here?.isSure()).toBe(false);
    here?.ask();
    expect(commands).toMatchObject([{ type: 'follow' }]);
  });
});

it('how a triggered run ends is listened for from the beginning: the store does not keep it for ever', async () => {
  const answer = Promise.resolve('c1');
  const { asking, asked } = askingReplica({ answer });
  const run = await asking.trigger('work', {});
  expect(asked).toHaveLength(1);

  expect(await asking.ended(run, undefined)).toBe('c1');
  expect(asked).toHaveLength(1);
});

describe('A trigger on the leader', () => {
  /** That accepts each under one key, as long as the first is not revoked. */
  function deskWithOneKey() {
    let standing: string | undefined;
    return {
      triggerHere: (id: string) => ({
        runId: (standing ??= id),
        ending: { wait: () => NO_ANSWER },
      }),
      revoke: () => (standing = undefined),
    };
  }

  it('is told to be accepted in the store, so that the next leader does not refuse it', async () => {
    const desk = deskWithOneKey();
    const leader = { desk } as unknown as LeadingReplica;
    const { asking, commands } = askingReplica({ leader });
    await asking.trigger('work', {});

    expect(commands).toMatchObject([{ type: 'trigger', isAccepted: true }]);
  });

  it('that becomes the run of one on its way is accepted with that', async () => {
    const stored = deferred();
    const desk = deskWithOneKey();
    const leader = { desk } as unknown as LeadingReplica;
    const { asking } = askingReplica({ leader, add: () => stored.promise });
    const accepted: string[] = [];
    const first = asking.trigger('work', {}).then(({ runId }) => accepted.push(runId));
    const second = asking.trigger('work', {}).then(({ runId }) => accepted.push(runId));
    await new Promise(setImmediate);
    expect(accepted).toEqual([]);

    stored.resolve();
    await Promise.all([first, second]);
    expect(new Set(accepted).size).toBe(1);
  });

  it('that becomes the run of one that the store refuses is accepted by itself', async () => {
    const desk = deskWithOneKey();
    const leader = { desk } as unknown as LeadingReplica;
    const answers = [() => Promise.reject(DOWN), () => Promise.resolve()];
    const { asking, withdrawn } = askingReplica({ leader, add: () => answers.shift()!() });
    const first = asking.trigger('work', {});
    const second = asking.trigger('work', {});

    await expect(first).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
    expect(withdrawn).not.toContain((await second).runId);
  });
});
