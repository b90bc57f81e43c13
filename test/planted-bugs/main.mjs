/**
 * Shows that the properties can fail: plants each bug of bugs.mjs into a copy of the code, and expects them to find it.
 *
 *   npm run test:planted [-- part of a bug's name]
 */
import { spawn } from 'node:child_process';
import console from 'node:console';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { BUGS } from './bugs.mjs';

const root = resolve(import.meta.dirname, '../..');
const COPIED = ['lib', 'test', 'package.json', 'tsconfig.json', 'vitest.config.ts'];
/** Half as many cases as in every run, and the first counterexample will do. */
const ENVIRONMENT = { PROPERTY_RUNS: '0.5', PROPERTY_SHRINK: 'no' };
/** Some bugs never let the scheduler come to an end: so many times as long as without them is enough. */
const HANGS_AFTER = 6;
const HANGS = Symbol('hangs');
const LONGEST_MS = 1_800_000;

const [part = ''] = process.argv.slice(2);
const chosen = BUGS.filter(({ name }) => name.includes(part));
const scratch = mkdtempSync(join(tmpdir(), 'planted-bugs-'));
try {
  for (const path of COPIED) cpSync(join(root, path), join(scratch, path), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(scratch, 'node_modules'));
  process.exitCode = await main();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

async function main() {
  for (const bug of BUGS) planted(bug);
  const began = performance.now();
  if ((await findings(LONGEST_MS)) !== undefined) {
    console.error('The properties fail without any bug planted.');
    return 1;
  }
  const longestMs = HANGS_AFTER * (performance.now() - began);
  let survivors = 0;
  for (const bug of chosen) {
    const path = join(scratch, 'lib', bug.file);
    const sound = readFileSync(path, 'utf8');
    writeFileSync(path, planted(bug));
    const found = await findings(longestMs);
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
async function findings(longestMs) {
  const report = join(scratch, 'report.json');
  rmSync(report, { force: true });
  const suite = spawn(
    process.execPath,
    [
      join(root, 'node_modules/vitest/vitest.mjs'),
      ...['run', 'test/core/properties', 'test/engine/properties', '--bail=1'],
      ...['--reporter=json', `--outputFile=${report}`],
    ],
    { cwd: scratch, env: { ...process.env, ...ENVIRONMENT }, stdio: 'ignore', detached: true },
  );
  const isOver = sleep(longestMs, HANGS, { ref: false });
  if ((await Promise.race([once(suite, 'exit'), isOver])) === HANGS) {
    // Its workers too, which are too busy to hear of it.
    process.kill(-suite.pid, 'SIGKILL');
    return `no end within ${Math.round(longestMs / 1_000)} s`;
  }
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
