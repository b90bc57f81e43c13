import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import type { Measures, Question } from './question.js';
import { QUESTIONS } from './questions/index.js';
import { holds, reached, sectionOf } from './report.js';

/*
 * Asks every question of every contender, each in a process of its own: the clean heap matters more than what a library
 * for micro-benchmarks would bring. All take turns within each round, so a busy minute hurts all alike.
 */

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', multiple: true },
    tiny: { type: 'boolean', default: false },
  },
});
const CHILD = fileURLToPath(new URL('in-process-of-its-own.js', import.meta.url));
const REPORT = fileURLToPath(new URL('report.json', import.meta.url));
const LONGEST_MS = 300_000;

const asked = QUESTIONS.filter(({ name }) => values.only?.includes(name) ?? true);
const results = new Map(asked.map((question) => [question, new Map<string, Measures[]>()]));

for (let round = 0; round < Number(values.rounds); round++) {
  for (const question of asked) {
    if (round >= (question.mostRounds ?? Infinity)) continue;
    for (const { name } of rotated(question.contenders, round)) {
      process.stderr.write(`round ${round + 1}: ${question.name}, ${name}\n`);
      const all = results.get(question);
      all?.set(name, [...(all.get(name) ?? []), await turnOf(question, name)]);
    }
  }
}

const sections = [...results].map(([question, rounds]) => sectionOf(question, rounds));
process.stdout.write(`${sections.join('\n\n')}\n`);
writeFileSync(
  REPORT,
  JSON.stringify(
    [...results].map(([question, rounds]) => ({
      question: question.name,
      rounds: Object.fromEntries(rounds),
      targets: question.targets.map((target) => {
        const value = reached(question, rounds, target);
        return { ...target, reached: value, holds: holds(target, value) };
      }),
    })),
    undefined,
    2,
  ),
);

async function turnOf({ name }: Question, contender: string): Promise<Measures> {
  const scale = values.tiny ? 'tiny' : 'full';
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--expose-gc', CHILD, name, contender, scale],
    { timeout: LONGEST_MS },
  );
  return JSON.parse(stdout) as Measures;
}

/** Nobody is always first. */
function rotated<Each>(all: readonly Each[], by: number): Each[] {
  const start = by % all.length;
  return [...all.slice(start), ...all.slice(0, start)];
}
