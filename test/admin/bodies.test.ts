import { connect } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { beforeEach, describe, expect, it } from 'vitest';
import { adapters, API, listen, STACK, type Lab } from './admin-lab.js';

const TRIGGER = `${API}/workers/w/trigger`;

const nested = (depth: number): string => `{"payload":${'['.repeat(depth)}${']'.repeat(depth)}}`;

describe.each(adapters)('a body over %s', (name, adapter) => {
  const parsers: [string, { bodyParser?: boolean; prepare?: (app: INestApplication) => void }][] = [
    ["the application's own parsers", {}],
    ['no parsers', { bodyParser: false }],
    [
      'parsers that leave the text as it is',
      {
        bodyParser: false,
        prepare: (app) => {
          if (name === 'Express')
            (app as NestExpressApplication).useBodyParser('text', { type: '*/*', limit: '1mb' });
          else
            (app as NestFastifyApplication).useBodyParser(
              'application/json',
              { bodyLimit: 1e6 },
              (_, body, done) => {
                done(null, body);
              },
            );
        },
      },
    ],
  ];

  describe.each(parsers)('with %s', (_, options) => {
    let lab: Lab;
    let payloads: unknown[];

    beforeEach(async () => {
      payloads = [];
      lab = await listen(adapter, options);
      await lab.work('w', (run) => void payloads.push(run.payload));
    });

    it('arrives as it was sent', async () => {
      const payload = { text: 'ü 报告', list: [1, null, { a: false }] };
      expect((await lab.post(TRIGGER, { payload })).status).toBe(202);
      await lab.clock.advance(0);
      expect(payloads).toEqual([payload]);
    });

    it('may be as large as 64 kB, and no larger', async () => {
      const text = (length: number) => ({ payload: 'x'.repeat(length - 14) });
      expect(JSON.stringify(text(65_536))).toHaveLength(65_536);

      expect((await lab.post(TRIGGER, text(65_536))).status).toBe(202);
      expect((await lab.post(TRIGGER, text(65_537))).status).toBe(413);
      expect((await lab.post(TRIGGER, text(3_000_000))).status).toBe(413);
      expect(await lab.service.getRuns()).toHaveLength(1);
    });

    it('is not larger for coming in parts, without a length', async () => {
      const status = await sendInParts(lab.url, TRIGGER, `{"payload":"${'x'.repeat(70_000)}"}`);
      expect(status).toBe(413);
      expect(await sendInParts(lab.url, TRIGGER, '{"payload":"x"}')).toBe(202);
    });

    it('B76: changes no prototype, and is refused for trying', async () => {
      for (const payload of [
        '{"__proto__":{"polluted":1}}',
        '{"constructor":{"prototype":{"polluted":1}}}',
        '{"a":[{"prototype":{"polluted":1}}]}',
        '{"\\u005f_proto__":{"polluted":1}}',
      ]) {
        expect((await lab.post(TRIGGER, `{"payload":${payload}}`)).status).toBe(400);
        expect((await lab.post(TRIGGER, payload)).status).toBe(400);
      }
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
      expect(await lab.service.getRuns()).toEqual([]);
    });

    it('B76: may be nested as deep as anybody needs, and no deeper', async () => {
      expect((await lab.post(TRIGGER, nested(19))).status).toBe(202);
      expect((await lab.post(TRIGGER, nested(20))).status).toBe(400);
      expect((await lab.post(TRIGGER, nested(10_000))).status).toBe(400);
      expect((await lab.post(TRIGGER, nested(32_000))).status).toBe(400);
    });

    it('may have as many keys as anybody needs', async () => {
      const keys = (count: number) => ({
        payload: Object.fromEntries(Array.from({ length: count }, (_each, k) => [`k${k}`, 1])),
      });
      expect((await lab.post(TRIGGER, keys(4_999))).status).toBe(202);
      expect((await lab.post(TRIGGER, keys(5_000))).status).toBe(400);
    });

    it.each(['{', '{"payload":}', 'null', '[]', '"x"', '{}{}', '\u0000', "{'payload':1}"])(
      'that is %j is refused',
      async (body) => {
        const { status, text } = await lab.post(TRIGGER, body);
        expect(status).toBe(400);
        expect(text).not.toMatch(STACK);
        // Whoever refuses it, the framework or we, says why as JSON.
        expect(JSON.parse(text)).toMatchObject({ message: expect.any(String) });
      },
    );
  });
});

/** As `fetch` would not send it: with the host's name and in parts. */
function sendInParts(url: string, path: string, body: string): Promise<number> {
  const { hostname, port, host } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => {
      const parts = body.match(/[^]{1,10000}/g) ?? [];
      const chunks = parts.map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join('');
      socket.write(
        `POST ${path} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\n` +
          `sec-fetch-site: same-origin\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n${chunks}0\r\n\r\n`,
      );
    });
    let answer = '';
    socket.on('data', (part) => (answer += String(part)));
    socket.on('close', () => {
      resolve(Number(answer.split(' ')[1]));
    });
    socket.on('error', reject);
  });
}
