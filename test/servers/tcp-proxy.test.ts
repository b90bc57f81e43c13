import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { proxyTo } from '../support/servers/own-servers.js';
import type { TcpProxy } from '../support/servers/tcp-proxy.js';

/** A server that writes down what it is told, and says it back. */
async function echo() {
  const heard: string[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      heard.push(String(chunk));
      socket.write(chunk);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const proxy = await proxyTo(server.address() as AddressInfo);
  return { heard, proxy };
}

class Client {
  said = '';
  isBroken = false;
  readonly socket: Socket;

  constructor(proxy: TcpProxy) {
    this.socket = connect(proxy.port, '127.0.0.1');
    this.socket.on('data', (chunk) => (this.said += String(chunk)));
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => (this.isBroken = true));
    onTestFinished(() => void this.socket.destroy());
  }

  say(text: string): void {
    this.socket.write(text);
  }

  hears(text: string): Promise<void> {
    return vi.waitFor(() => expect(this.said).toBe(text), 15_000);
  }

  breaks(): Promise<void> {
    return vi.waitFor(() => expect(this.isBroken).toBe(true), 15_000);
  }
}

/** Long enough for anything that goes through a loopback to have arrived. */
const anyArrival = (): Promise<void> => sleep(50);

async function talking() {
  const { heard, proxy } = await echo();
  const client = new Client(proxy);
  client.say('a');
  await client.hears('a');
  return { heard, proxy, client, another: () => new Client(proxy) };
}

describe('A TCP proxy', () => {
  it('passes on what is sent, both ways, and that a side has ended', async () => {
    const { client } = await talking();
    client.socket.end('b');
    await client.hears('ab');
    await client.breaks();
  });

  it('drops connections, present and new, until it is healed', async () => {
    const { proxy, client, another } = await talking();
    proxy.drop();
    await client.breaks();
    await another().breaks();

    proxy.heal();
    const later = another();
    later.say('b');
    await later.hears('b');
  });

  it('cuts the present connections only', async () => {
    const { proxy, client, another } = await talking();
    proxy.cut();
    await client.breaks();
    const later = another();
    later.say('b');
    await later.hears('b');
  });

  it('delays what is sent, in its order', async () => {
    const { proxy, client } = await talking();
    const began = performance.now();
    proxy.delay(100);
    client.say('b');
    await sleep(10);
    proxy.delay(0);
    client.say('c');
    await client.hears('abc');
    expect(performance.now() - began).toBeGreaterThanOrEqual(99);
  });

  it('as a black hole tells nobody, and lets through what it has swallowed when it is healed', async () => {
    const { heard, proxy, client, another } = await talking();
    proxy.blackhole();
    client.say('b');
    const newcomer = another();
    newcomer.say('c');
    await anyArrival();
    expect({ heard, broken: [client.isBroken, newcomer.isBroken] }).toEqual({
      heard: ['a'],
      broken: [false, false],
    });

    proxy.heal();
    await client.hears('ab');
    await newcomer.hears('c');
  });

  it('leaves present connections half open for ever, and lets new ones through', async () => {
    const { heard, proxy, client, another } = await talking();
    proxy.halfOpen();
    const newcomer = another();
    newcomer.say('c');
    await newcomer.hears('c');

    proxy.heal();
    client.say('b');
    await anyArrival();
    expect({ heard, isBroken: client.isBroken }).toEqual({ heard: ['a', 'c'], isBroken: false });
  });

  it('loses the reply to what has been done', async () => {
    const { heard, proxy, client } = await talking();
    proxy.loseReplies();
    client.say('b');
    await client.breaks();
    expect({ heard, said: client.said }).toEqual({ heard: ['a', 'b'], said: 'a' });
  });

  it("puts itself into a server's address", async () => {
    const { proxy } = await echo();
    expect(proxy.urlFor('postgres://me:secret@127.0.0.1:1/db')).toBe(
      `postgres://me:secret@127.0.0.1:${proxy.port}/db`,
    );
  });
});
