import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import type { Explanation, OrchestratorStatus, WorkerView } from 'nestjs-orchestrator';
import { afterAll, vi } from 'vitest';
import { buildPage } from '../support/built-page.js';
import { builtScript } from '../support/built-script.js';
import { temporaryFolder } from '../support/temporary-folder.js';

export const TRIGGER_KEY = 'a key for tests';

type Environment = Readonly<Record<string, string>>;

interface Trigger {
  readonly key?: string | undefined;
  readonly body?: unknown;
}

/** What the sample answers with: an accepted run, or an error. */
interface Answer {
  readonly runId: string;
  readonly report: string;
  readonly error: string;
  readonly message: string;
}

export async function bodyOf(response: Response): Promise<Answer> {
  return (await response.json()) as Answer;
}

let script: Promise<string> | undefined;
const launched: Sample[] = [];

afterAll(async () => {
  await Promise.all(launched.map((sample) => sample.end('SIGKILL')));
});

/** With the page where its module looks for it. */
async function buildSample(): Promise<string> {
  const built = await builtScript('sample-app/main.ts');
  await buildPage(join(dirname(built), 'built-page'));
  return built;
}

/** Starts the sample as a process of its own, which does not outlive the test file. */
export async function launch(environment: Environment = {}): Promise<Sample> {
  script ??= buildSample();
  const child = spawn(process.execPath, [await script], {
    env: {
      PATH: process.env.PATH,
      NO_COLOR: '1',
      PORT: '0',
      DATA_DIR: temporaryFolder(),
      TRIGGER_KEY,
      ...environment,
    },
  });
  const sample = new Sample(child);
  launched.push(sample);
  return sample;
}

/** As {@link launch}, and waits until it answers and its workers run. */
export async function start(environment?: Environment): Promise<Sample> {
  const sample = await launch(environment);
  await sample.prints(/collect-samples started/);
  return sample;
}

export class Sample {
  output = '';
  private readonly exited: Promise<unknown>;

  constructor(private readonly child: ChildProcess) {
    this.exited = once(child, 'close');
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    }
  }

  async prints(pattern: RegExp): Promise<void> {
    await vi.waitFor(() => {
      if (!pattern.test(this.output))
        throw new Error(`${String(pattern)} is not in:\n${this.output}`);
    }, 15_000);
  }

  /** @returns its exit code */
  async end(signal?: 'SIGINT' | 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    if (signal !== undefined) this.child.kill(signal);
    await this.exited;
    return this.child.exitCode;
  }

  fetch(path: string, init?: RequestInit): Promise<Response> {
    const [, origin = 'none printed yet'] = /(http:\/\/[\d.]+:\d+)\/status/.exec(this.output) ?? [];
    return fetch(`${origin}${path}`, init);
  }

  async json<Answer>(path: string): Promise<Answer> {
    return (await (await this.fetch(path)).json()) as Answer;
  }

  async health(): Promise<number> {
    return (await this.fetch('/health')).status;
  }

  async worker(name: string): Promise<WorkerView> {
    const { workerStates } = await this.json<OrchestratorStatus>('/status');
    return workerStates.find((worker) => worker.name === name)!;
  }

  explain(worker: string): Promise<Explanation> {
    return this.json(`/workers/${worker}/explain`);
  }

  trigger(worker: string, { key = TRIGGER_KEY, body }: Trigger = {}): Promise<Response> {
    return this.fetch(`/workers/${worker}/trigger`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': key },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  }
}
