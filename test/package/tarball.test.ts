import { execFile } from 'node:child_process';
import { copyFile, cp, mkdtemp, readFile, rm } from 'node:fs/promises';
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
  await copyFile(join(import.meta.dirname, 'main.ts'), join(cwd, 'main.ts'));

  await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', tarball], { cwd });
  await run('npx', ['tsc'], { cwd });
  const { stdout, stderr } = await run('node', ['dist/main.js'], { cwd, timeout: 30_000 });

  expect(await readFile(join(cwd, 'dist/main.js'), 'utf8')).toContain(importOfTheLibrary);
  expect(stdout).toMatch(/^(tick\n){3,}GET \/health 200\n(tick\n)*closed\n$/);
  expect(stderr).toBe('');
});
