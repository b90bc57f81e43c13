import type { EventEmitter } from 'node:events';
import { PostgresConnection, type PostgresPoolConfig } from 'bullmq';

type ListenClient = Awaited<ReturnType<PostgresConnection['getListenClient']>>;

/** Makes up for two ways of BullMQ: a client that listens may be deaf without anybody noticing, or die after the closing. */
export class CarefulConnection extends PostgresConnection {
  private listening: ListenClient | undefined;
  private heartbeat: NodeJS.Timeout | undefined;

  /** @param aliveEachMs how often the client that listens is asked whether it is still connected */
  constructor(
    options: PostgresPoolConfig,
    private readonly aliveEachMs: number,
  ) {
    super(options);
  }

  override async getListenClient(): Promise<ListenClient> {
    const client = await super.getListenClient();
    if (client !== this.listening) this.watch(client);
    return client;
  }

  /** Closing takes the listeners from its client, whose last error would then end the process. */
  override close(): Promise<void> {
    clearInterval(this.heartbeat);
    const closing = super.close();
    this.listening?.on('error', () => undefined);
    return closing;
  }

  /** It asks nothing by itself: were it forgotten on the way, it would hear nothing, for ever. */
  private watch(client: ListenClient): void {
    this.listening = client;
    clearInterval(this.heartbeat);
    const heartbeat = setInterval(() => {
      client.query('SELECT 1').catch((error: unknown) => {
        clearInterval(heartbeat);
        if (!this.isClosing) (client as unknown as EventEmitter).emit('error', error);
      });
    }, this.aliveEachMs);
    this.heartbeat = heartbeat.unref();
  }
}
