import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { TcpProxy } from '../support/servers/tcp-proxy.js';
import type { ReplicaReport } from './history/event.js';
import type { Witness } from './history/witness.js';
import type { Order, Reply } from './replica/orders.js';

/** What `node` is given to become a replica, once the tests of the cluster are built. */
export const BUILT_REPLICA: readonly string[] = [
  '--import',
  new URL('replica/clock-shift.js', import.meta.url).href,
  fileURLToPath(new URL('replica/main.js', import.meta.url)),
];
const ANSWER_WITHIN_MS = 20_000;

export interface FleetSettings {
  /** What `node` is given. */
  readonly command: readonly string[];
  readonly storeUrl: string;
  readonly storePort: number;
  readonly witnessUrl: string;
  readonly prefix: string;
}

/** A place in the fleet: a name, a way to the store, and a process that comes and goes. */
export class Replica {
  private child: ChildProcess | undefined;
  private boots = 0;
  /** That the witness knows of its end. */
  private lastWords: Promise<void> | undefined;
  private sent: 'SIGKILL' | 'SIGTERM' | null = null;
  /** What its next process runs. */
  version = 1;
  private clockOffsetMs = 0;

  constructor(
    readonly name: string,
    readonly proxy: TcpProxy,
    private readonly settings: FleetSettings,
    private readonly witness: Witness,
  ) {}

  get isUp(): boolean {
    return this.child !== undefined;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  private get boot(): string {
    return `${this.name}.${this.boots}`;
  }

  async start(): Promise<void> {
    if (this.child !== undefined) return;
    this.boots++;
    this.sent = null;
    const { boot, name, settings } = this;
    const child = spawn(process.execPath, settings.command, {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: {
        ...process.env,
        STORE_URL: this.proxy.urlFor(settings.storeUrl),
        WITNESS_URL: settings.witnessUrl,
        PREFIX: settings.prefix,
        REPLICA: name,
        BOOT: boot,
        VERSION: String(this.version),
        CLOCK_OFFSET_MS: String(this.clockOffsetMs),
      },
    });
    this.child = child;
    await this.witness.write({ is: 'up', replica: name, boot });
    child.on('error', () => undefined);
    child.once('exit', (code, signal) => {
      this.child = undefined;
      const { sent } = this;
      this.lastWords = this.witness.write({ is: 'down', replica: name, boot, code, signal, sent });
    });
  }

  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const { child, boot } = this;
    if (child === undefined) return;
    this.sent = signal;
    const ended = once(child, 'exit');
    if (signal === 'SIGTERM') {
      await this.witness.write({ is: 'terminated', replica: this.name, boot });
    }
    child.kill(signal);
    await ended;
    await this.lastWords;
  }

  freeze(): void {
    this.child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.child?.kill('SIGCONT');
  }

  /** Its present process's, and that of those to come. */
  setClock(offsetMs: number): void {
    this.order({ do: 'shift-clock', byMs: offsetMs - this.clockOffsetMs });
    this.clockOffsetMs = offsetMs;
  }

  order(order: Order): void {
    const { child } = this;
    if (child?.connected) child.send(order, () => undefined);
  }

  /** @returns nothing where it does not answer */
  async reply<Kind extends Reply['is']>(
    kind: Kind,
    order?: Order,
    withinMs = ANSWER_WITHIN_MS,
  ): Promise<Extract<Reply, { is: Kind }> | undefined> {
    const { child } = this;
    if (child === undefined) return undefined;
    return new Promise((resolve) => {
      const settle = (reply?: Reply): void => {
        if (reply !== undefined && reply.is !== kind) return;
        // What was ordered before may be done only now.
        if (reply?.is === 'done' && reply.order !== order?.do) return;
        clearTimeout(timer);
        child.off('message', settle);
        child.off('exit', giveUp);
        resolve(reply as Extract<Reply, { is: Kind }> | undefined);
      };
      const giveUp = (): void => settle();
      const timer = setTimeout(giveUp, withinMs);
      child.on('message', settle).on('exit', giveUp);
      if (order !== undefined) this.order(order);
    });
  }

  async report(): Promise<ReplicaReport | undefined> {
    return (await this.reply('report', { do: 'report' }))?.report;
  }
}

export class Fleet {
  private constructor(
    readonly replicas: readonly Replica[],
    readonly settings: FleetSettings,
  ) {}

  static async of(size: number, settings: FleetSettings, witness: Witness): Promise<Fleet> {
    const names = Array.from({ length: size }, (_, k) => `r${k + 1}`);
    return new Fleet(
      await Promise.all(
        names.map(
          async (name) =>
            new Replica(name, await TcpProxy.to(settings.storePort), settings, witness),
        ),
      ),
      settings,
    );
  }

  get up(): readonly Replica[] {
    return this.replicas.filter(({ isUp }) => isUp);
  }

  /** Brings it to that size, and waits until all have booted. */
  async scaleTo(size: number, bootWithinMs = 60_000): Promise<void> {
    await Promise.all([
      ...this.replicas.slice(0, size).map(async (replica) => {
        if (replica.isUp) return;
        await replica.start();
        const isReady = await replica.reply('ready', undefined, bootWithinMs);
        if (isReady === undefined) console.error(`${replica.name} has not booted.`);
      }),
      ...this.replicas.slice(size).map((replica) => replica.end('SIGTERM')),
    ]);
  }

  /** As long as a replica has ended, it is started again. */
  async keepUp(size: () => number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      for (const replica of this.replicas.slice(0, size())) await replica.start();
      await sleep(500, undefined, { signal }).catch(() => undefined);
    }
  }

  async close(): Promise<void> {
    await Promise.all(
      this.replicas.map(async (replica) => {
        replica.thaw();
        await replica.end('SIGKILL');
        await replica.proxy.close();
      }),
    );
  }
}
