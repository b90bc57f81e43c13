import type { Measures, Question, Target } from './question.js';
import { median } from './statistics.js';

/** What each contender measured in each round. */
export type Rounds = ReadonlyMap<string, readonly Measures[]>;

/** The median over the rounds. */
export function figureOf(rounds: Rounds, contender: string, figure: string): number {
  return median((rounds.get(contender) ?? []).map((measures) => measures[figure] ?? NaN));
}

/** The median over the rounds of the ratio within each round: so what slows one round down slows both down. */
export function ratioOf(
  rounds: Rounds,
  contender: string,
  reference: string,
  figure: string,
): number {
  const base = rounds.get(reference) ?? [];
  const ratios = (rounds.get(contender) ?? []).map(
    (measures, round) => (measures[figure] ?? NaN) / (base[round]?.[figure] ?? NaN),
  );
  return median(ratios);
}

export function reached({ reference }: Question, rounds: Rounds, target: Target): number {
  const { contender, figure, isRatio } = target;
  return isRatio
    ? ratioOf(rounds, contender, reference, figure)
    : figureOf(rounds, contender, figure);
}

export function holds({ atLeast = -Infinity, atMost = Infinity }: Target, value: number): boolean {
  return value >= atLeast && value <= atMost;
}

/** A section of the report: ratios first. */
export function sectionOf(question: Question, rounds: Rounds): string {
  const { asks, contenders, reference, ratioOf: figure, targets } = question;
  const figures = [...new Set([...rounds.values()].flatMap((all) => Object.keys(all[0] ?? {})))];
  const table = [
    ['', `× ${reference}`, ...figures, 'remarks'],
    ['---', '---:', ...figures.map(() => '---:'), '---'],
    ...contenders.map(({ name, remark = '' }) => [
      name,
      shown(ratioOf(rounds, name, reference, figure)),
      ...figures.map((each) => shown(figureOf(rounds, name, each))),
      remark,
    ]),
  ];
  const verdicts = targets.map((target) => {
    const value = reached(question, rounds, target);
    return `- ${holds(target, value) ? 'holds' : 'DOES NOT HOLD'}: ${target.says} (${shown(value)})`;
  });
  return [`### ${asks}`, table.map(rowOf).join('\n'), verdicts.join('\n')].join('\n\n');
}

function rowOf(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function shown(value: number): string {
  if (Number.isNaN(value)) return '–';
  return value.toLocaleString('en', { maximumSignificantDigits: 3 });
}
