import { PostgresConnection } from 'bullmq';

/** Closing takes the listeners from its client, whose last error would then end the process. */
export class CarefulConnection extends PostgresConnection {
  private listening: Awaited<ReturnType<PostgresConnection['getListenClient']>> | undefined;

  override async getListenClient(): ReturnType<PostgresConnection['getListenClient']> {
    this.listening = await super.getListenClient();
    return this.listening;
  }

  override close(): Promise<void> {
    const closing = super.close();
    this.listening?.on('error', () => undefined);
    return closing;
  }
}
