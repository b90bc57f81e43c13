import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const TEST = fileURLToPath(new URL('.', import.meta.url));
/** Tests, and the behaviours that several of them play. */
const tests = readdirSync(TEST, { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.test.ts') || /^support\/conformance\/.*\.ts$/.test(path));
const textOf = new Map(tests.map((path) => [path, readFileSync(`${TEST}${path}`, 'utf8')]));

const rows = readFileSync(`${TEST}README.md`, 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('|') && line.includes('.ts`'))
  .map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
const filesIn = (cell: string): string[] =>
  [...cell.matchAll(/`([^`]+\.ts)`/g)].map(([, path]) => path!);

const sentences = rows
  .filter((cells) => cells.length === 3)
  .map(([sentence, file, title]) => ({ sentence, file: filesIn(file!)[0]!, title: title! }));
const hazards = new Map(
  readFileSync(`${TEST}README.md`, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [, number, files] = /^\| (B\d\d) [^|]+\|([^|]+)\|$/.exec(line) ?? [];
      return number === undefined ? [] : [[number, files!] as const];
    }),
);

/** A title that begins, or a group that begins, with the hazard. */
const names = (text: string, hazard: string): boolean =>
  new RegExp(`['"\`][^'"\`\\n]*\\b${hazard}\\b[^'"\`\\n]*['"\`]`).test(text);

describe('The map of the tests', () => {
  it('knows more than a hundred sentences of the contract', () => {
    expect(sentences.length).toBeGreaterThan(100);
  });

  it.each(sentences)('finds "$sentence" in $file', ({ file, title }) => {
    expect(textOf.get(file) ?? `There is no ${file}.`).toContain(title);
  });

  it('has a row for each hazard', () => {
    const numbers = Array.from({ length: 50 }, (_, k) => `B${String(k + 1).padStart(2, '0')}`);
    expect([...hazards.keys()]).toEqual([
      ...numbers,
      'B71',
      'B72',
      'B73',
      'B74',
      'B75',
      'B76',
      'B77',
      'B78',
    ]);
  });

  it.each([...hazards])('finds %s in %s', (hazard, cell) => {
    const files = filesIn(cell);
    for (const file of files) expect(names(textOf.get(file) ?? '', hazard), file).toBe(true);
    if (files.length === 0) expect(cell.trim()).toBe('the fleet');
  });

  it.each([...hazards])('misses no file that tests %s', (hazard, cell) => {
    const others = [...textOf]
      .filter(([path, text]) => names(text, hazard) && !filesIn(cell).includes(path))
      .map(([path]) => path);
    expect(others.filter((path) => path !== 'map.test.ts')).toEqual([]);
  });
});
