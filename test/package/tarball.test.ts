import { execFile } from 'node:child_process';
import { copyFile, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';

const run = promisify(execFile);

let folder: string;
let tarball: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nestjs-orchestrator-'));
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder]);
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  tarball = join(folder, filename);
});

afterAll(() => rm(folder, { recursive: true }));

it.concurrent.each([
  ['nest-12-esm', "from 'nestjs-orchestrator'"],
  ['nest-11-commonjs', 'require("nestjs-orchestrator")'],
])('works in a fresh application: %s', async (application, importOfTheLibrary) => {
  const cwd = join(folder, application);
  await cp(join(import.meta.dirname, application), cwd, { recursive: true });
  for (const file of ['main.ts', 'kit.ts']) {
    await copyFile(join(import.meta.dirname, file), join(cwd, file));
  }

  await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', tarball], { cwd });
  await run('npx', ['tsc'], { cwd });
  const { stdout, stderr } = await run('node', ['dist/main.js'], { cwd, timeout: 30_000 });

  expect(await readFile(join(cwd, 'dist/main.js'), 'utf8')).toContain(importOfTheLibrary);
  expect(stdout).toMatch(
    new RegExp(
      '^(tick\n){3,}GET /health 200\n(tick\n)*GET /metrics orchestrator_state{state="running"} 1\n(tick\n)*' +
        'GET /orchestrator 200 text/javascript; charset=utf-8\n(tick\n)*' +
        'POST /orchestrator/api/pause 202\n(tick\n)*' +
        'closed\nExpected "idle" to run, but it did not.\n$',
    ),
  );
  expect(stderr).toBe('');
});

/** Written here, where jest is not installed. */
const JEST_TEST = `
import 'reflect-metadata';
import { kitThatFails, kitThatPasses } from './dist/kit.js';

test('passes', kitThatPasses);
test('fails', kitThatFails);
`;

it('reports to jest what an expectation fails with', async () => {
  const cwd = join(folder, 'jest');
  await cp(join(import.meta.dirname, 'jest'), cwd, { recursive: true });
  await copyFile(join(import.meta.dirname, 'kit.ts'), join(cwd, 'kit.ts'));
  await writeFile(join(cwd, 'kit.test.js'), JEST_TEST);

  await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', tarball], { cwd });
  await run('npx', ['tsc'], { cwd });
  const { stderr } = await run('npx', ['jest', '--colors=false'], {
    cwd,
    env: { ...process.env, NODE_OPTIONS: '--experimental-vm-modules' },
  }).catch((error: unknown) => error as { readonly stderr: string });

  expect(stderr).toContain('✓ passes');
  expect(stderr).toMatch(
    /✕ fails[^]*Expected "idle" to run, but it did not\.[^]*nothing is due\.[^]*Timeline, now \+1h/,
  );
});
