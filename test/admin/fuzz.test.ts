import { request, type RequestOptions } from 'node:http';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../lib/testing/seeded-random.js';
import { adapters, API, listen, STACK, type Lab } from './admin-lab.js';

const REQUESTS = 10_000;
const AT_ONCE = 16;

const ROUTES = [
  'status',
  'workers',
  'workers/:',
  'workers/:/explain',
  'runs',
  'runs/:',
  'graph',
  'permissions',
  'stream',
  'workers/:/trigger',
  'workers/:/enable',
  'workers/:/disable',
  'workers/:/pause',
  'workers/:/resume',
  'runs/:/cancel',
  'pause',
  'resume',
];
const OTHER_METHODS = ['GET', 'POST', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'DELETE'];
const ACTION = /trigger|enable|disable|pause|resume|cancel/;
const NAMES = [
  'w',
  'fails',
  '__proto__',
  'constructor',
  'hasOwnProperty',
  '..%2f..%2fetc',
  '%2e%2e',
  '%00',
  '%0d%0aset-cookie:x',
  '%',
  '%zz',
  '%E0%A4%A',
  '%F0%9F%92%A9',
  '%ud83d',
  "';drop",
  '<script>',
  '~',
  '',
  '.',
  'a'.repeat(200),
  '%F0%9F%92%A9'.repeat(400),
];
const QUERIES = [
  '',
  '?',
  '?limit=1',
  '?limit=-1&limit[]=2',
  '?worker[__proto__][x]=1&state=running',
  '?state=failed',
  '?state=%00',
  '?name=w',
  '?name=w&name=w',
  '?id=..',
  '?format=mermaid',
  '?format=',
  '?%',
  '?limit=9007199254740993',
  '?limit=NaN',
  '?__proto__=x&constructor=y',
  '?_method=DELETE',
];
const TYPES = [
  'application/json',
  'application/json; charset=utf-8',
  'application/json; charset=utf-7',
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=',
  'application/octet-stream',
  ';',
  '',
];
const BODIES = [
  '{}',
  '',
  '{',
  'null',
  '[]',
  '0',
  '"x"',
  '{"payload":{"a":[1,2,{"b":null}]}}',
  '{"payload":1e999}',
  '{"priority":"HIGH","delay":"1h","dedupeKey":"k"}',
  '{"priority":{},"delay":[],"dedupeKey":0}',
  '{"delay":1e308}',
  '{"reason":"\\u0000\\ud800"}',
  '{"reason":["x"]}',
  '{"abandon":true}',
  '{"abandon":"true"}',
  '{"__proto__":{"polluted":1}}',
  '{"payload":{"constructor":{"prototype":{"polluted":1}}}}',
  `{"payload":${'['.repeat(5_000)}${']'.repeat(5_000)}}`,
  `{"payload":"${'x'.repeat(70_000)}"}`,
  '\u0000\u0001\uffff',
  'a=b&__proto__[x]=1',
];
const HEADERS: Record<string, string>[] = [
  { 'sec-fetch-site': 'same-origin' },
  {},
  { 'sec-fetch-site': 'cross-site' },
  { 'x-requested-with': 'x', origin: 'http://localhost' },
  { origin: 'null', 'x-requested-with': '' },
  { host: 'evil.example' },
  { host: '' },
  { 'x-forwarded-for': '127.0.0.1', 'x-http-method-override': 'POST' },
  { 'content-encoding': 'gzip' },
  { 'last-event-id': '-1' },
  { accept: '*/*;q=x', 'accept-encoding': 'br', 'if-none-match': '*', range: 'bytes=0-' },
  { cookie: '__proto__=x', authorization: 'Bearer %%%' },
  { expect: 'nothing' },
];

interface Answer {
  readonly sent: string;
  readonly status: number;
  readonly text: string;
}

describe.each(adapters)('10 000 random requests over %s', (_name, adapter) => {
  it(
    'lead to no failure of ours, show no stack, and change no prototype',
    { timeout: 600_000 },
    async () => {
      const seed = Number(process.env.PROPERTY_SEED ?? Date.now() % 1e9);
      const random = seededRandom(seed);
      const lab = await listen(adapter, { admin: { actionsPerMinute: 1e9 } });
      await lab.work('w', () => undefined, { maxPending: 5 });
      await lab.work('fails', () => Promise.reject(new Error('no')), { maxConsecutiveFailures: 3 });
      const seen = new Map<number, number>();

      for (let sent = 0; sent < REQUESTS; sent += AT_ONCE) {
        const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => send(lab, random)));
        await lab.clock.advance(1);
        for (const { sent: what, status, text } of answers) {
          seen.set(status, (seen.get(status) ?? 0) + 1);
          const said = `with PROPERTY_SEED=${String(seed)}: ${what} ${text.slice(0, 300)}`;
          expect(status, said).toBeLessThan(500);
          expect(text, said).not.toMatch(STACK);
        }
      }

      // It was no wall that they ran against.
      for (const status of [200, 202, 400, 403, 404, 413, 415]) {
        expect(seen.get(status) ?? 0, `${String(status)}s of seed ${String(seed)}`).toBeGreaterThan(
          3,
        );
      }
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
      expect((await lab.get(`${API}/status`)).status).toBe(200);
      expect(await lab.service.getStatus()).toMatchObject({ state: 'running', workers: 2 });
      expect(lab.lines.filter((line) => line.includes('A request failed'))).toEqual([]);
    },
  );
});

function send(lab: Lab, random: () => number): Promise<Answer> {
  // The first of them is the usual one: of requests that are wrong in every way, none gets far.
  const pick = <Item>(items: readonly Item[]): Item =>
    items[random() < 0.6 ? 0 : Math.floor(random() * items.length)]!;
  const path = `${API}/${ROUTES[Math.floor(random() * ROUTES.length)]!.replace(':', () => pick(NAMES))}${pick(QUERIES)}`;
  const method = pick([ACTION.test(path) ? 'POST' : 'GET', ...OTHER_METHODS]);
  const body = method === 'GET' || method === 'HEAD' ? '' : mutated(pick(BODIES), random);
  const headers = {
    'content-type': pick(TYPES),
    ...pick(HEADERS),
    ...(body !== '' && { 'content-length': String(Buffer.byteLength(body)) }),
  };
  const options: RequestOptions = { agent: false, method, path: escaped(path), headers };
  const sent = `${method} ${path.slice(0, 200)} ${JSON.stringify(headers)} ${body.slice(0, 100)}`;
  return new Promise((resolve, reject) => {
    const asked = request(lab.url, options, (response) => {
      const status = response.statusCode!;
      // A stream would go on.
      if (response.headers['content-type']?.startsWith('text/event-stream') === true) {
        response.destroy();
        resolve({ sent, status, text: '' });
        return;
      }
      let text = JSON.stringify(response.headers);
      response.on('data', (part) => (text += String(part)));
      response.on('end', () => {
        resolve({ sent, status, text });
      });
      response.on('error', reject);
    });
    asked.on('error', (error: NodeJS.ErrnoException) => {
      // The server may close while a body that is too large is still being sent.
      if (error.code === 'EPIPE' || error.code === 'ECONNRESET')
        resolve({ sent, status: 413, text: '' });
      else reject(new Error(`${error.message}: ${sent}`));
    });
    asked.end(body);
  });
}

/** Sometimes a text with one character exchanged. */
function mutated(text: string, random: () => number): string {
  if (text === '' || random() < 0.7) return text;
  const at = Math.floor(random() * text.length);
  return text.slice(0, at) + String.fromCharCode(Math.floor(random() * 128)) + text.slice(at + 1);
}

/** Node's client takes no others. */
function escaped(path: string): string {
  // eslint-disable-next-line no-control-regex -- these are what it is about
  return path.replace(/[\u0000-\u0020\u007f-\uffff]/g, encodeURIComponent);
}
