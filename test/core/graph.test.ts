import { describe, expect, it } from 'vitest';
import { lintGraph } from '../../lib/core/graph/lint-graph.js';
import type { WorkerDefinition } from '../../lib/core/definition/worker-definition.js';
import type { GraphValidationError } from '../../lib/core/errors.js';
import { WorkerGraph } from '../../lib/core/graph/worker-graph.js';
import { schedulerOf, schedulerWith, worker } from '../support/core/scheduler-with.js';

const problemsOf = (...workers: WorkerDefinition[]): readonly string[] => {
  try {
    schedulerOf({ groups: { db: 2 } }, ...workers);
    return [];
  } catch (error) {
    return (error as GraphValidationError).problems;
  }
};

describe('Graph', () => {
  it('refuses unknown names, naming the nearest known one', () => {
    expect(
      problemsOf(
        worker('fetch-data'),
        worker('process', { dependsOn: ['fetchdata'], blocks: ['missing'], groups: ['dv'] }),
      ),
    ).toEqual([
      '"process" depends on "fetchdata", which is not registered. Did you mean "fetch-data"?',
      '"process" blocks "missing", which is not registered. Register it, or remove it from blocks.',
      '"process" is in the group "dv", which has no limit. Did you mean "db"?',
    ]);
  });

  it('suggests the tag that a worker was meant to block, and never the worker itself', () => {
    expect(
      problemsOf(
        worker('p', { blocks: 'io' }),
        worker('quick', { tags: ['io'] }),
        worker('report', { dependsOn: 'reports' }),
      ),
    ).toEqual([
      '"p" blocks "io", which is not registered. Did you mean "tag:io"?',
      '"report" depends on "reports", which is not registered. Register it, or remove it from dependsOn.',
    ]);
  });

  it('refuses a worker that depends on itself or blocks itself', () => {
    expect(problemsOf(worker('a', { dependsOn: 'a', blocks: 'a' }))).toEqual([
      '"a" blocks itself. Remove it from blocks; concurrency: 1 keeps its runs apart.',
      '"a" depends on itself. Remove it from dependsOn.',
    ]);
  });

  it('B37: reports unknown names, self-dependency and cycles at once', () => {
    expect(
      problemsOf(
        worker('lost', { dependsOn: ['missing'], blocks: ['missing'] }),
        worker('self', { dependsOn: ['self'] }),
        worker('a', { dependsOn: ['b'] }),
        worker('b', { dependsOn: ['a'] }),
        worker('c', { dependsOn: ['e'] }),
        worker('d', { dependsOn: ['c'] }),
        worker('e', { dependsOn: ['d'] }),
      ),
    ).toEqual(
      expect.arrayContaining([
        expect.stringContaining('"lost" depends on "missing"'),
        expect.stringContaining('"lost" blocks "missing"'),
        expect.stringContaining('"self" depends on itself'),
        expect.stringContaining('"a" → "b" → "a"'),
        expect.stringContaining('"c" → "e" → "d" → "c"'),
      ]),
    );
  });

  it('B37: prints every cycle', () => {
    expect(
      problemsOf(
        worker('a', { dependsOn: 'b' }),
        worker('b', { dependsOn: ['a', 'c'] }),
        worker('c', { dependsOn: 'd' }),
        worker('d', { dependsOn: 'b' }),
      ),
    ).toEqual([
      'dependsOn goes round in a circle: "a" → "b" → "a". Remove one of them.',
      'dependsOn goes round in a circle: "b" → "c" → "d" → "b". Remove one of them.',
    ]);
  });

  it('does not overflow the stack on a chain of 20 000', () => {
    const chain = Array.from({ length: 20_000 }, (_, index) =>
      worker(`w${index}`, index === 0 ? {} : { dependsOn: `w${index - 1}` }),
    );

    expect(problemsOf(...chain)).toEqual([]);
  });

  it('refuses a name that is taken, in another registration or in the same', () => {
    const scheduler = schedulerWith(worker('a'));

    expect(() => scheduler.define(worker('b'), worker('a'))).toThrow(
      '"a" is declared more than once',
    );
    expect(() => scheduler.define(worker('c'), worker('c'))).toThrow(
      '"c" is declared more than once',
    );
    expect(scheduler.core.definitions().map(({ name }) => name)).toEqual(['a']);
  });

  it('shows dependencies and conflicts, each conflict once', () => {
    const scheduler = schedulerWith(
      worker('fetch'),
      worker('process', { dependsOn: [{ worker: 'fetch', condition: 'fresh' }] }),
      worker('clean', { blocks: ['process'], tags: ['io'] }),
      worker('sweep', { blocks: ['tag:io', 'clean'] }),
    );

    expect(scheduler.core.graph().edges).toEqual([
      { kind: 'dependency', from: 'fetch', to: 'process', condition: 'fresh' },
      { kind: 'conflict', from: 'process', to: 'clean' },
      { kind: 'conflict', from: 'clean', to: 'sweep' },
    ]);
    expect(scheduler.core.graph().toMermaid().split('\n')).toContain('  w0 --> w1');
  });

  it('shows whom tags and the asterisk keep apart, each pair once and nobody from itself', () => {
    const scheduler = schedulerWith(
      worker('a', { tags: ['io', 'net'], blocks: ['tag:io', 'tag:net', 'b'] }),
      worker('b', { tags: ['io'], blocks: ['a'] }),
      worker('c'),
      worker('all', { blocks: ['*', 'c'], tags: ['io'] }),
    );

    const { edges } = scheduler.core.graph();
    expect(edges.map(({ from, to }) => `${from} ${to}`)).toEqual([
      'a b',
      'a all',
      'b all',
      'c all',
    ]);
  });

  it('is made by asking each worker once whom it blocks, however many there are', () => {
    let asked = 0;
    const workers = Array.from({ length: 100 }, (_, index) => ({
      ...worker(`w${index}`),
      get blocks() {
        asked++;
        return [`w${(index + 1) % 100}`];
      },
    }));

    expect(new WorkerGraph(workers).edges).toHaveLength(100);
    expect(asked).toBe(100);
  });

  it('warns of what is allowed but hardly meant', () => {
    const workers = [
      worker('off', { enabled: false }),
      worker('manual'),
      worker('late', { dependsOn: ['off', 'manual'], blocks: ['tag:none', 'tag:data-bsae'] }),
      worker('wide', { concurrency: 9, groups: ['db'], tags: ['data-base'] }),
    ];
    const byName = new Map(workers.map((each) => [each.name, each]));

    expect(lintGraph(byName, new Map([['db', 2]]), 5)).toEqual([
      expect.stringContaining('"late" depends on "off", which is disabled'),
      expect.stringContaining('"late" depends on "off", which runs only when triggered'),
      expect.stringContaining('"late" depends on "manual", which runs only when triggered'),
      '"late" blocks "tag:none", but no worker has that tag.',
      '"late" blocks "tag:data-bsae", but no worker has that tag. Did you mean "tag:data-base"?',
      expect.stringContaining('"wide" has concurrency 9, but maxConcurrentWorkers allows 5'),
      expect.stringContaining('"wide" has concurrency 9, but group "db" allows 2'),
    ]);
  });
});
