import { expect, it } from 'vitest';
import { schedulerWith, succeeded, TestScheduler, worker } from '../support/core/scheduler-with.js';

it('A success of which another process has seen what it leads to makes a step due no second time', () => {
  const workers = [
    worker('first'),
    worker('step', { dependsOn: 'first', runAfterDependencies: true }),
  ];
  const former = schedulerWith(...workers);
  former.trigger('first', {}, 1_000);
  const [first] = former.runs('first');
  const begun = former.core.imageOf(first!.id);
  const known = new Map([['first', former.memories.get('first')!]]);
  expect(former.end('first', succeeded, 2_000)).toStart('step');
  const [step] = former.runs('step');
  known.set('step', former.memories.get('step')!);

  const heir = new TestScheduler();
  heir.define(...workers);
  heir.step((core, now) => {
    core.recall(known, now);
    core.prepare(now);
    core.adopt(begun, 'running', now);
    core.attemptEnded(begun.id, 1, succeeded, true, now);
    core.adopt(former.core.imageOf(step!.id), 'running', now);
    core.start(now);
  }, 9_000);
  heir.step((core, now) => core.attemptEnded(step!.id, 1, succeeded, true, now), 9_500);
  expect(heir.starts).toEqual([]);

  heir.trigger('first', {}, 10_000);
  expect(heir.end('first', succeeded, 11_000)).toStart('step');
});
