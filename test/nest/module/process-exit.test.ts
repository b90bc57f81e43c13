import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'orchestrator-exit-'));
const children: ChildProcess[] = [];

beforeAll(async () => {
  symlinkSync(join(REPOSITORY, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  await build({
    configFile: false,
    root: REPOSITORY,
    logLevel: 'warn',
    resolve: { tsconfigPaths: true },
    build: { ssr: 'test/nest/module/real-app.ts', outDir: join(folder, 'dist'), emptyOutDir: true },
  });
}, 60_000);

afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

function launch(scenario: string): {
  child: ChildProcess;
  output: () => string;
  closed: Promise<unknown[]>;
} {
  const child = spawn(process.execPath, [join(folder, 'dist', 'real-app.js'), scenario]);
  children.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  return { child, output: () => output, closed: once(child, 'close') };
}

describe('In real time, a process', () => {
  it('B45: exits by itself once its application is closed, and leaves no resource or listener', async () => {
    const { output, closed } = launch('close');
    expect(await closed).toEqual([0, null]);
    const { before, after } = JSON.parse(output()) as { before: object; after: object };
    expect(after).toEqual(before);
  });

  it('B46: ends on SIGTERM although a run ignores its signal, and a second SIGTERM changes nothing', async () => {
    const { child, output, closed } = launch('deaf');
    await expect.poll(output, { timeout: 8_000 }).toContain('ready');
    child.kill('SIGTERM');
    child.kill('SIGTERM');
    // Nest raises the signal again once all hooks have ended.
    expect(await closed).toEqual([null, 'SIGTERM']);
    expect(output()).toContain('abandoned deaf');
  });
});
