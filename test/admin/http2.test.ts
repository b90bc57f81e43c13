import { connect, type ClientHttp2Session } from 'node:http2';
import type { ServerResponse } from 'node:http';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { afterEach, expect, it, vi } from 'vitest';
import { StreamClient, hasLeft } from '../../lib/admin/stream/stream-client.js';
import { API, listen, type MakeAdapter } from './admin-lab.js';

const overHttp2 = (() => new FastifyAdapter({ http2: true })) as unknown as MakeAdapter;
let session: ClientHttp2Session | undefined;

afterEach(() => session?.destroy());

async function call(method: string, route: string, headers: Record<string, string> = {}) {
  const request = session!.request({ ':method': method, ':path': `${API}/${route}`, ...headers });
  request.end(method === 'POST' ? '{}' : undefined);
  let text = '';
  request.setEncoding('utf8').on('data', (part) => (text += String(part)));
  const status = await new Promise<unknown>((resolve, reject) => {
    request.once('response', (answer) => resolve(answer[':status'])).once('error', reject);
  });
  return { status, text: () => text, request };
}

it('Over HTTP/2 callers from this machine are let in, programs act, and the stream streams', async () => {
  const { url } = await listen(overHttp2);
  session = connect(url);

  expect((await call('GET', 'status')).status).toBe(200);
  const headers = { 'content-type': 'application/json', 'x-requested-with': 'a program' };
  expect((await call('POST', 'pause', { ...headers, origin: url })).status).toBe(202);
  expect((await call('POST', 'pause', { ...headers, origin: 'http://evil' })).status).toBe(403);

  const { status, text, request } = await call('GET', 'stream');
  expect(status).toBe(200);
  await vi.waitFor(() => expect(text()).toContain('event: snapshot'), 15_000);
  request.close();
});

it('Over HTTP/2 a reader that does not read is found out, and one that has left', () => {
  const response = { writableLength: 0, writableHighWaterMark: 16_384, write: () => true };
  const client = new StreamClient(response as unknown as ServerResponse, 0);
  expect(client.isBlocked).toBe(false);
  response.writableLength = 20_000;
  expect(client.isBlocked).toBe(true);

  const left = (destroyed: boolean) => ({ stream: { destroyed } }) as unknown as ServerResponse;
  expect([hasLeft(left(false)), hasLeft(left(true))]).toEqual([false, true]);
});
