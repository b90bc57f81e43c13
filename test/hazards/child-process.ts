import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll } from 'vitest';
import { builtScript } from '../support/built-script.js';

export interface Child {
  readonly process: ChildProcess;
  /** What it has reported so far: the lines of its output, which are JSON. */
  reports(): Report[];
  /** Everything that it has written besides. */
  noise(): string;
  /** Its exit code and signal, once it has ended. */
  readonly ended: Promise<[code: number | null, signal: NodeJS.Signals | null]>;
}

export type Report = { readonly is: string } & Readonly<Record<string, unknown>>;

/** Compiles the application of the hazards before the tests of the file, and ends its processes after them. */
export function hazardApp(): (scenario: string, ...nodeOptions: string[]) => Child {
  const children: ChildProcess[] = [];
  let script = '';

  beforeAll(async () => {
    script = await builtScript('test/hazards/app.ts');
  }, 60_000);

  afterAll(() => {
    for (const child of children) child.kill('SIGKILL');
  });

  return (scenario, ...nodeOptions) => {
    const child = spawn(process.execPath, [...nodeOptions, script, scenario]);
    children.push(child);
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
    return {
      process: child,
      reports: () =>
        output
          .split('\n')
          .slice(0, -1)
          .map((line) => JSON.parse(line) as Report),
      noise: () => errors,
      ended: once(child, 'close') as Child['ended'],
    };
  };
}
