import type { EventEmitter } from 'node:events';
import { PostgresConnection, type PostgresPoolConfig } from 'bullmq';
import type { Client } from 'pg';

type ListenClient = Awaited<ReturnType<PostgresConnection['getListenClient']>>;

/** What BullMQ keeps to itself. */
interface Internals {
  pgModule: { readonly Client: typeof Client };
  readyPromise: Promise<void> | undefined;
}

/**
 * Makes up for four ways of BullMQ: a client that listens may be deaf without anybody noticing, or die while nobody hears
 * it; what fails to connect once is given up; and each part listens for itself, though all are told of everything.
 */
export class CarefulConnection extends PostgresConnection {
  private listening: ListenClient | undefined;
  /** What listens for this one. */
  private heardOver: ListenClient | undefined;
  private heartbeat: NodeJS.Timeout | undefined;
  private readonly listenAgain = (): void => {
    this.emit('listenerinvalidated');
  };

  /**
   * @param aliveEachMs how often the client that listens is asked whether it is still connected
   * @param ear the one whose client listens for this one, too
   */
  constructor(
    options: PostgresPoolConfig,
    private readonly aliveEachMs: number,
    private readonly ear?: CarefulConnection,
  ) {
    super(options);
    const { internals } = this;
    internals.pgModule = { Client: quiet(internals.pgModule.Client) };
    ear?.on('listenerinvalidated', this.listenAgain);
  }

  /** Whoever asks next would be told of the same failure, for ever. */
  override async waitUntilReady(): Promise<void> {
    try {
      await super.waitUntilReady();
    } catch (error) {
      this.internals.readyPromise = undefined;
      throw error;
    }
  }

  override async getListenClient(): Promise<ListenClient> {
    this.assertOpen();
    if (this.ear !== undefined) {
      const client = await this.ear.getListenClient();
      this.assertOpen();
      this.heardOver = client;
      return client;
    }
    const client = await super.getListenClient();
    if (client !== this.listening && !this.isClosing) {
      this.askInTurns(client);
      this.watch(client);
    }
    return client;
  }

  /** One that several share bears no name of theirs. */
  override async setListenClientName(name: string): Promise<void> {
    if (this.ear === undefined) await super.setListenClientName(name);
  }

  override close(): Promise<void> {
    this.ear?.off('listenerinvalidated', this.listenAgain);
    clearInterval(this.heartbeat);
    // Whoever was about to listen begins to wait after that; the client that listens outlives it, and so would the wait.
    this.heardOver
      ?.query('SELECT 1')
      .catch(() => undefined)
      .finally(this.listenAgain);
    return super.close();
  }

  /** In the words by which BullMQ knows that it is no news. */
  private assertOpen(): void {
    if (this.isClosing) throw new Error('Connection is closed.');
  }

  private get internals(): Internals {
    return this as unknown as Internals;
  }

  /** It asks nothing by itself: were it forgotten on the way, it would hear nothing, for ever. */
  private watch(client: ListenClient): void {
    this.listening = client;
    clearInterval(this.heartbeat);
    const heartbeat = setInterval(() => {
      client.query('SELECT 1').catch(() => {
        clearInterval(heartbeat);
      });
    }, this.aliveEachMs);
    this.heartbeat = heartbeat.unref();
  }

  /** Parts that share it ask at the same time, of which pg disapproves. Where nothing answers, it is dead. */
  private askInTurns(client: ListenClient): void {
    const ask = client.query.bind(client);
    let answered: Promise<unknown> = Promise.resolve();
    client.query = <Row>(...question: Parameters<typeof ask>) => {
      const answer = answered.then(() => ask<Row>(...question));
      answered = answer.catch((error: unknown) => {
        const isAnswer = typeof error === 'object' && error !== null && 'severity' in error;
        if (!isAnswer && !this.isClosing) (client as unknown as EventEmitter).emit('error', error);
      });
      return answer;
    };
  }
}

/**
 * BullMQ hears its client from just after it is connected until it is closed: an error that comes together with the
 * greeting, or during the closing, would end the process. The first is told again when the connection ends.
 */
function quiet(base: typeof Client): typeof Client {
  return class extends base {
    override emit(...[type, ...given]: Parameters<EventEmitter['emit']>): boolean {
      if (type === 'error' && this.listenerCount(type) === 0) return false;
      return super.emit(type, ...(given as [Error]));
    }
  };
}
