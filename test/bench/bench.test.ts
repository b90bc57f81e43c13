import { describe, expect, it } from 'vitest';
import { QUESTIONS } from './questions/index.js';
import { sectionOf, type Rounds } from './report.js';

// A figure of a tiny size means nothing; that there is one says that the benchmark still works.
describe.each(QUESTIONS)('The benchmark $name', ({ contenders, reference, ratioOf, targets }) => {
  it.each(contenders)('measures $name', async ({ measure }) => {
    expect(await measure('tiny')).toHaveProperty([ratioOf], expect.any(Number));
  });

  it('compares with, and aims at, contenders that it has', () => {
    const names = contenders.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining([reference, ...targets.map(({ contender }) => contender)]),
    );
  });
});

describe('The report', () => {
  const question = {
    name: 'speed',
    asks: 'Who is faster?',
    reference: 'hare',
    ratioOf: 'ms',
    contenders: ['hare', 'tortoise'].map((name) => ({ name, measure: async () => ({ ms: 0 }) })),
    targets: [
      { says: 'is no slower', contender: 'tortoise', figure: 'ms', isRatio: true, atMost: 1 },
      { says: 'arrives', contender: 'tortoise', figure: 'ms', isRatio: false, atMost: 50 },
    ],
  };
  // In the second round the machine was busy.
  const rounds: Rounds = new Map([
    ['hare', [{ ms: 10 }, { ms: 100 }, { ms: 10 }]],
    ['tortoise', [{ ms: 20 }, { ms: 200 }, { ms: 40 }]],
  ]);

  it('shows the median of the ratios within the rounds, then the medians', () => {
    expect(sectionOf(question, rounds)).toContain('| tortoise | 2 | 40 |');
  });

  it('says which targets hold', () => {
    expect(sectionOf(question, rounds)).toContain('- DOES NOT HOLD: is no slower (2)');
    expect(sectionOf(question, rounds)).toContain('- holds: arrives (40)');
  });
});
