import { describe, expect, it } from 'vitest';
import type { RunImage } from '../../lib/core/run-image.js';
import { AcceptedTriggers } from '../../lib/engine/bullmq/accepted-triggers.js';
import { Inheritance } from '../../lib/engine/bullmq/inheritance.js';
import type { Legacy } from '../../lib/engine/bullmq/legacy.js';
import type { OldTrigger } from '../../lib/engine/bullmq/old-trigger.js';
import type { Answer } from '../../lib/engine/bullmq/messages.js';
import { RunEndings } from '../../lib/engine/in-process/run-endings.js';
import { schedulerWith, worker } from '../support/core/scheduler-with.js';

const SUCCEEDED: Answer = { value: 'done' };

function trigger(id: string, others: Partial<OldTrigger> = {}, dedupeKey?: string): OldTrigger {
  const request = dedupeKey === undefined ? {} : { dedupeKey };
  const command = { type: 'trigger', worker: 'report', request, at: 0 } as const;
  return { id, runId: id, command, wasAccepted: true, ...others };
}

/** What becomes of triggers that a former leader has left; they wait, as everything is paused. */
function taken(
  triggers: readonly OldTrigger[],
  answers: ReadonlyMap<string, Answer> = new Map(),
  retries: readonly RunImage[] = [],
) {
  const accepted: string[] = [];
  const endedBefore: string[] = [];
  const scheduler = schedulerWith(worker('report'));
  scheduler.step((core, now) => core.pauseAll(now));
  const legacy: Legacy = {
    snapshots: new Map(),
    ...{ memories: new Map(), paused: [], everything: undefined, attempts: [], retries },
    ...{ triggers, answers, safekeeping: [], outdated: [] },
  };
  const attempts = {
    adopt: () => undefined,
    noteAborted: () => undefined,
    noteEnded: () => undefined,
  };
  const triggered = {
    add: (id: string, runId = id) => {
      accepted.push(id === runId ? id : `${id} as ${runId}`);
      return { runId, ending: new RunEndings().of(runId) };
    },
    addEnded: (id: string) => void endedBefore.push(id),
  };
  const inheritance = new Inheritance(
    legacy,
    scheduler.core,
    { attempts, accepted: triggered },
    undefined,
  );
  scheduler.step((_core, now) => {
    inheritance.takeRetries(now);
    inheritance.takeTriggers(now);
  });
  return { accepted, endedBefore, runs: scheduler.runs('report').map(({ id }) => id) };
}

describe('Of the triggers that a former leader has left, the next one', () => {
  it('goes on with those that were accepted', () => {
    expect(taken([trigger('a'), trigger('b')])).toEqual({
      accepted: ['a', 'b'],
      endedBefore: [],
      runs: ['b', 'a'],
    });
  });

  it('begins none anew whose run has ended, though its trigger was not told so', () => {
    expect(taken([trigger('a'), trigger('b')], new Map([['a', SUCCEEDED]]))).toEqual({
      accepted: ['b'],
      endedBefore: ['a'],
      runs: ['b'],
    });
  });

  it('begins none anew that had become the run of another, whose end is known, or that goes on', () => {
    const joined = trigger('joined', { runId: 'first' }, 'key');
    expect(taken([joined], new Map([['joined', SUCCEEDED]]))).toMatchObject({
      endedBefore: ['joined'],
      runs: [],
    });
    // Whose key is another by now.
    expect(taken([trigger('first'), joined])).toMatchObject({
      accepted: ['first', 'joined as first'],
      runs: ['first'],
    });
  });

  it('takes none twice that had become the run of another once, and is its own since', () => {
    const former = schedulerWith(worker('report'));
    former.step((core, now) => core.pauseAll(now));
    const image = former.core.imageOf(former.trigger('report').runId);
    const own = trigger(image.id, { runId: 'first' }, 'key');
    expect(taken([own], new Map([[image.id, SUCCEEDED]]), [image])).toEqual({
      accepted: [image.id],
      endedBefore: [],
      runs: [image.id],
    });
  });

  it('remembers the ends of those that have no job but to ask for that', () => {
    const followed = { command: undefined };
    const triggers = [trigger('ended', followed), trigger('forgotten', followed)];
    expect(taken(triggers, new Map([['ended', SUCCEEDED]]))).toEqual({
      accepted: [],
      endedBefore: ['ended'],
      runs: [],
    });
  });

  it('listens for the end of each that goes on, as somebody may ask for it, and of no other run', () => {
    const former = schedulerWith(worker('report'));
    former.step((core, now) => core.pauseAll(now));
    const image = former.core.imageOf(former.trigger('report').runId);
    const retries = [image, { ...image, id: 'scheduled', origin: 'schedule' as const }];

    expect(taken([], new Map(), retries)).toMatchObject({ accepted: [image.id] });
  });

  it('leaves those that nobody has accepted until they are served', () => {
    expect(taken([trigger('a', { wasAccepted: false })])).toEqual({
      accepted: [],
      endedBefore: [],
      runs: [],
    });
  });

  it('begins none beside the run that an equal key stands for, which waits for its next attempt', () => {
    const former = schedulerWith(worker('report'));
    former.step((core, now) => core.pauseAll(now));
    const { runId } = former.trigger('report', { dedupeKey: 'key' });
    const retries = [former.core.imageOf(runId)];

    const triggers = [trigger(runId, {}, 'key'), trigger('b', {}, 'key')];
    expect(taken(triggers, new Map(), retries)).toEqual({
      ...{ accepted: [runId, `b as ${runId}`], endedBefore: [], runs: [runId] },
    });
  });

  it('takes none that has a run of its own for another, though that is older and has its key', () => {
    const former = schedulerWith(worker('report'));
    former.step((core, now) => core.pauseAll(now));
    const { runId } = former.trigger('report', { dedupeKey: 'key' });
    const retries = [former.core.imageOf(runId)];

    const older = trigger('a', { wasAccepted: false }, 'key');
    expect(taken([older, trigger(runId, {}, 'key')], new Map(), retries)).toEqual({
      ...{ accepted: [runId], endedBefore: [], runs: [runId] },
    });
  });

  it('takes none that has a run of its own for another, though that seems older', () => {
    const former = schedulerWith(worker('report'));
    former.step((core, now) => core.pauseAll(now));
    const { runId } = former.trigger('report', { dedupeKey: 'key' });
    const retries = [former.core.imageOf(runId)];

    const triggers = [trigger('a', {}, 'key'), trigger(runId, {}, 'key')];
    expect(taken(triggers, new Map(), retries)).toEqual({
      ...{ accepted: [runId, `a as ${runId}`], endedBefore: [], runs: [runId] },
    });
  });

  it('takes one with the key of a live run for that, though that has no trigger in the store', () => {
    const former = schedulerWith(worker('report'));
    former.step((core, now) => core.pauseAll(now));
    const { runId } = former.trigger('report', { dedupeKey: 'key' });
    const retries = [former.core.imageOf(runId)];

    expect(taken([trigger('b', {}, 'key')], new Map(), retries)).toEqual({
      ...{ accepted: [runId, `b as ${runId}`], endedBefore: [], runs: [runId] },
    });
  });

  it('makes one run of those with an equal key', () => {
    expect(taken([trigger('a', {}, 'key'), trigger('b', {}, 'key')])).toEqual({
      ...{ accepted: ['a', 'b as a'], endedBefore: [], runs: ['a'] },
    });
  });
});

describe('A trigger whose answer the store does not take', () => {
  const settle = (endings: RunEndings, runId: string): void => {
    endings.note(runId, 'done');
    endings.settle({
      ...{ type: 'run.succeeded', at: new Date(0), worker: 'report', runId },
      ...{ attempts: 1, durationMs: 0 },
    });
  };

  it('is noticed at the second look, with what is to be answered', () => {
    const endings = new RunEndings();
    const triggers = new AcceptedTriggers(endings);
    triggers.add('waits');
    triggers.add('a');
    triggers.add('b', 'a');
    settle(endings, 'a');

    expect([triggers.look(), triggers.look(), triggers.look()]).toEqual([false, true, false]);
    expect(triggers.answers()).toEqual({ a: SUCCEEDED, b: SUCCEEDED });
  });

  it('is forgotten where nobody has asked for it any more for a long time', () => {
    const endings = new RunEndings();
    const triggers = new AcceptedTriggers(endings);
    triggers.add('waits');
    triggers.add('a');
    triggers.addEnded('old', SUCCEEDED);
    settle(endings, 'a');

    for (let look = 0; look < 150; look++) triggers.look();
    expect(Object.keys(triggers.answers()).sort()).toEqual(['a', 'old']);
    expect(triggers.look()).toBe(false);
    expect(triggers.answers()).toEqual({});
    expect(triggers.has('waits')).toBe(true);
  });

  it('is forgotten once it is answered, also one of a former leader', () => {
    const endings = new RunEndings();
    const triggers = new AcceptedTriggers(endings);
    triggers.add('a');
    triggers.addEnded('old', SUCCEEDED);
    settle(endings, 'a');
    triggers.look();
    expect(triggers.answers()).toEqual({ a: SUCCEEDED, old: SUCCEEDED });

    triggers.delete('a');
    triggers.delete('old');
    expect(triggers.look()).toBe(false);
    expect(triggers.answers()).toEqual({});
  });
});
