import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtScript } from '../../support/built-script.js';

const children: ChildProcess[] = [];
let script = '';

beforeAll(async () => {
  script = await builtScript('test/nest/module/real-app.ts');
}, 60_000);

afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

function launch(scenario: string): {
  child: ChildProcess;
  output: () => string;
  closed: Promise<unknown[]>;
} {
  const child = spawn(process.execPath, [script, scenario]);
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

  it('exits by itself though a run that has stopped the orchestrator hangs, long before its timeout', async () => {
    const { output, closed } = launch('stopping');
    expect(await closed).toEqual([0, null]);
    expect(output()).toContain('stopped');
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
