import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { signalTree } from './process-tree.js';
import type { TestServer } from './test-server.js';

const START_DEADLINE_MS = 30_000;
const LOG_KEPT = 4_000;
const IS_READY = /ready to accept connections/i;

export interface ServerCommand {
  readonly binary: string;
  readonly args: readonly string[];
  /** Whom it runs as, where this is not who runs the tests. */
  readonly user?: { readonly uid: number; readonly gid: number };
  readonly url: string;
  readonly port: number;
  /** Its data; gone when it is closed. */
  readonly folder: string;
}

/** A server whose log says when it is ready, as Redis, Valkey and PostgreSQL say it. */
export class ServerProcess implements TestServer {
  private child: ChildProcess | undefined;
  private log = '';
  private readonly endWithUs = (): void => this.signal('SIGKILL');

  constructor(private readonly command: ServerCommand) {}

  get url(): string {
    return this.command.url;
  }

  get port(): number {
    return this.command.port;
  }

  async start(): Promise<void> {
    const { binary, args, folder, user } = this.command;
    const child = spawn(binary, args, { cwd: folder, ...user });
    this.child = child;
    this.log = '';
    process.on('exit', this.endWithUs);
    for (const output of [child.stdout, child.stderr]) {
      output.setEncoding('utf8').on('data', (text: string) => {
        this.log = (this.log + text).slice(-LOG_KEPT);
        if (IS_READY.test(this.log)) child.emit('ready');
      });
    }
    const [how] = await Promise.race([
      once(child, 'ready').then(() => []),
      once(child, 'exit').then(
        () => ['has ended'],
        (error: unknown) => [String(error)],
      ),
      sleep(START_DEADLINE_MS, ['has not become ready'], { ref: false }),
    ]);
    child.on('error', () => undefined);
    if (how !== undefined) throw new Error(`${binary} ${how}. The end of its log:\n${this.log}`);
  }

  kill(): Promise<void> {
    return this.end('SIGKILL');
  }

  /** Ends it by a signal that it knows what to do with, and is done when none of its processes holds its output any more. */
  async end(signal: 'SIGQUIT' | 'SIGKILL'): Promise<void> {
    const { child } = this;
    if (child === undefined) return;
    const ended = child.exitCode === null && child.signalCode === null && once(child, 'close');
    if (signal === 'SIGKILL') this.signal(signal);
    else child.kill(signal);
    await ended;
    this.child = undefined;
    process.off('exit', this.endWithUs);
  }

  pause(): void {
    this.signal('SIGSTOP');
  }

  resume(): void {
    this.signal('SIGCONT');
  }

  async close(): Promise<void> {
    await this.kill();
    rmSync(this.command.folder, { recursive: true, force: true });
  }

  private signal(signal: NodeJS.Signals): void {
    if (this.child?.pid !== undefined) signalTree(this.child.pid, signal);
  }
}
