import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

type Fault = 'none' | 'drop' | 'blackhole' | 'lose-replies';

/** The two ends of one connection that goes through the proxy. */
interface Link {
  readonly client: Socket;
  readonly server: Socket;
  isForgotten: boolean;
}

/** Stands between a client and a server, and does to their connections what networks do. */
export class TcpProxy {
  private fault: Fault = 'none';
  private delayMs = 0;
  private readonly links = new Set<Link>();

  private constructor(
    private readonly listener: Server,
    private readonly targetPort: number,
  ) {}

  static async to(targetPort: number): Promise<TcpProxy> {
    const listener = createServer({ allowHalfOpen: true });
    const proxy = new TcpProxy(listener, targetPort);
    listener.on('connection', (client) => proxy.accept(client));
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.listener.address() as AddressInfo).port;
  }

  /** The server's address, through the proxy. */
  urlFor(serverUrl: string): string {
    const url = new URL(serverUrl);
    url.port = String(this.port);
    return url.href;
  }

  /** Breaks every connection, and every new one at once. */
  drop(): void {
    this.fault = 'drop';
    this.cut();
  }

  /** Breaks every connection; new ones succeed. */
  cut(): void {
    for (const link of this.links) sever(link);
  }

  /** Whatever is sent, in either direction, arrives that much later. */
  delay(delayMs: number): void {
    this.delayMs = delayMs;
  }

  /** Nothing arrives any more, and nobody is told. What was sent arrives once it is healed. */
  blackhole(): void {
    this.fault = 'blackhole';
    for (const link of this.links) hold(link);
  }

  /** The present connections are forgotten, as by a router that restarts: silent for ever, to the client. New ones succeed. */
  halfOpen(): void {
    for (const link of this.links) {
      link.isForgotten = true;
      hold(link);
    }
  }

  /** What is asked reaches the server, and its reply breaks the connection instead of arriving. */
  loseReplies(): void {
    this.fault = 'lose-replies';
  }

  heal(): void {
    this.fault = 'none';
    this.delayMs = 0;
    for (const link of this.links) {
      // A server looks after its own ends: it finds out by itself that the other is gone.
      if (link.isForgotten) link.server.destroy();
      else release(link);
    }
  }

  async close(): Promise<void> {
    this.listener.close();
    this.cut();
    await once(this.listener, 'close');
  }

  private accept(client: Socket): void {
    if (this.fault === 'drop') {
      client.resetAndDestroy();
      return;
    }
    const server = connect({ port: this.targetPort, host: '127.0.0.1', allowHalfOpen: true });
    const link: Link = { client, server, isForgotten: false };
    this.links.add(link);
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on('error', () => sever(link));
      socket.on('close', () => {
        if (!link.isForgotten) sever(link);
        if (client.closed && server.closed) this.links.delete(link);
      });
    }
    this.forward(client, server);
    this.forward(server, client, () => {
      if (this.fault === 'lose-replies') sever(link);
    });
    if (this.fault === 'blackhole') hold(link);
  }

  /** In the order in which it was sent, whatever the delay was at the time. */
  private forward(from: Socket, to: Socket, beforeEach: () => void = () => undefined): void {
    let sent = Promise.resolve();
    const after = (act: () => void): void => {
      const { delayMs } = this;
      const waited = delayMs === 0 ? undefined : new Promise((tell) => setTimeout(tell, delayMs));
      sent = sent.then(() => waited).then(act);
    };
    from.on('data', (chunk) => {
      beforeEach();
      after(() => {
        if (!to.destroyed) to.write(chunk);
      });
    });
    from.on('end', () => after(() => to.end()));
  }
}

function sever({ client, server }: Link): void {
  client.resetAndDestroy();
  server.destroy();
}

function hold({ client, server }: Link): void {
  client.pause();
  server.pause();
}

function release({ client, server }: Link): void {
  client.resume();
  server.resume();
}
