import { onTestFinished } from 'vitest';
import { startPostgres } from './postgres-server.js';
import { startRedis, type Persistence } from './redis-server.js';
import type { ServerProcess } from './server-process.js';
import { TcpProxy } from './tcp-proxy.js';

/* For tests that do harm. What is started here ends with the test that has started it. */

export async function ownRedis(persistence?: Persistence): Promise<ServerProcess> {
  return closedAfterTest(await startRedis(persistence));
}

export async function ownPostgres(): Promise<ServerProcess> {
  return closedAfterTest(await startPostgres());
}

export async function proxyTo(server: { readonly port: number }): Promise<TcpProxy> {
  return closedAfterTest(await TcpProxy.to(server.port));
}

function closedAfterTest<Closable extends { close(): Promise<void> }>(closable: Closable) {
  onTestFinished(() => closable.close());
  return closable;
}
