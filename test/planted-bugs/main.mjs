/**
 * Shows that the properties can fail: plants each bug of bugs.mjs into a copy of the code, and expects them to find it.
 *
 *   npm run test:planted [-- part of a bug's name]
 */
import { spawnSync } from 'node:child_process';
import console from 'node:console';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { BUGS } from './bugs.mjs';

const root = resolve(import.meta.dirname, '../..');
const COPIED = ['lib', 'test', 'package.json', 'tsconfig.json', 'vitest.config.ts'];
/** Half as many cases as in every run, and the first counterexample will do. */
const ENVIRONMENT = { PROPERTY_RUNS: '0.5', PROPERTY_SHRINK: 'no' };
const LONGEST_MS = 1_200_000;

const [part = ''] = process.argv.slice(2);
const chosen = BUGS.filter(({ name }) => name.includes(part));
const scratch = mkdtempSync(join(tmpdir(), 'planted-bugs-'));
try {
  for (const path of COPIED) cpSync(join(root, path), join(scratch, path), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(scratch, 'node_modules'));
  process.exitCode = main();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function main() {
  for (const bug of BUGS) planted(bug);
  if (part === '' && findings() !== undefined) {
    console.error('The properties fail without any bug planted.');
    return 1;
  }
  let survivors = 0;
  for (const bug of chosen) {
    const path = join(scratch, 'lib', bug.file);
    const sound = readFileSync(path, 'utf8');
    writeFileSync(path, planted(bug));
    const found = findings();
    writeFileSync(path, sound);
    if (found === undefined) survivors++;
    console.info(`${found === undefined ? 'SURVIVED' : 'caught  '}  ${bug.name}`);
    if (found !== undefined) console.info(`            by ${found}`);
  }
  console.info(`\n${chosen.length - survivors} of ${chosen.length} planted bugs were caught.`);
  return survivors === 0 ? 0 : 1;
}

/** The text of the bug's file with the bug in it. */
function planted({ name, file, changes }) {
  let text = readFileSync(join(scratch, 'lib', file), 'utf8');
  for (const change of changes) {
    const parts = text.split(change.text);
    if (parts.length !== 2) {
      throw new Error(
        `"${name}" cannot be planted: ${file} holds its text ${parts.length - 1} times.\n${change.text}`,
      );
    }
    text = parts.join(change.by);
  }
  return text;
}

/** What the properties find, in one line; `undefined` where they find nothing. */
function findings() {
  const report = join(scratch, 'report.json');
  rmSync(report, { force: true });
  const { error } = spawnSync(
    process.execPath,
    [
      join(root, 'node_modules/vitest/vitest.mjs'),
      ...['run', 'test/core/properties', 'test/engine/properties', '--bail=1'],
      ...['--reporter=json', `--outputFile=${report}`],
    ],
    { cwd: scratch, env: { ...process.env, ...ENVIRONMENT }, timeout: LONGEST_MS },
  );
  if (error !== undefined) throw error;
  const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
  const [failure] = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'failed')
      .map(({ title, failureMessages }) => ({ file: name, title, failureMessages })),
  );
  if (failure === undefined) return undefined;
  const level = failure.file.includes('/engine/') ? 'engine' : 'core';
  const [cause] = /(?<=Got )[^\n]+/.exec(failure.failureMessages.join('\n')) ?? [failure.title];
  return `${level}: ${cause.slice(0, 140)}`;
}
