import type { IncomingMessage } from 'node:http';
import { HttpStatus } from '@nestjs/common';
import type { Exchange } from './exchange.js';
import { Refusal } from './refusal.js';

const LARGEST_BYTES = 64 * 1024;
const DEEPEST = 20;
const MOST_KEYS = 5_000;
/** By which a program that merges objects would be made to change all of them. */
const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

export type Body = Readonly<Record<string, unknown>>;

/** A page of another origin can send forms and plain text without being asked; JSON it cannot. */
export function assertJson(exchange: Exchange): void {
  const [type = ''] = (exchange.headers['content-type'] ?? '').split(';', 1);
  if (type.trim().toLowerCase() === 'application/json') return;
  throw new Refusal(
    HttpStatus.UNSUPPORTED_MEDIA_TYPE,
    'UNSUPPORTED_MEDIA_TYPE',
    'Send JSON, with content-type: application/json.',
  );
}

/**
 * The body, by whichever parser the application has, or by none.
 *
 * @throws Refusal where it is no JSON object, too large, or nested too deeply
 */
export async function readBody(exchange: Exchange, fields: readonly string[]): Promise<Body> {
  if (Number(exchange.headers['content-length'] ?? 0) > LARGEST_BYTES) throw tooLarge();
  const body = await parsedBody(exchange);
  if (!isObject(body)) throw wrong(`Send a JSON object with ${listed(fields)}.`);
  assertWithinBounds(body);
  // A body that came in chunks has told no length.
  if (Buffer.byteLength(JSON.stringify(body)) > LARGEST_BYTES) throw tooLarge();
  const unknown = Object.keys(body).find((field) => !fields.includes(field));
  if (unknown === undefined) return body;
  throw wrong(`There is no field ${JSON.stringify(unknown.slice(0, 80))}; send ${listed(fields)}.`);
}

function listed(fields: readonly string[]): string {
  return fields.length === 0 ? 'nothing in it: {}' : `any of ${fields.join(', ')}`;
}

async function parsedBody({ body, request }: Exchange): Promise<unknown> {
  if (body === undefined) return parse(await textOf(request));
  if (Buffer.isBuffer(body)) return parse(body.toString());
  return typeof body === 'string' ? parse(body) : body;
}

/** Of a request that nobody has read; nothing where somebody has, and found nothing. */
async function textOf(request: IncomingMessage): Promise<string> {
  if (request.readableDidRead || request.readableEnded) return '';
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > LARGEST_BYTES) throw tooLarge();
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

function parse(text: string): unknown {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    throw wrong('The body is no JSON.');
  }
}

function assertWithinBounds(body: Body): void {
  let keys = 0;
  const visit = (value: unknown, depth: number): void => {
    if (typeof value !== 'object' || value === null) return;
    if (depth > DEEPEST)
      throw wrong(`The body is nested more than ${String(DEEPEST)} levels deep.`);
    if (!Array.isArray(value)) {
      for (const key of Object.keys(value)) {
        if (FORBIDDEN_KEYS.has(key)) throw wrong(`The key ${JSON.stringify(key)} is refused.`);
        if (++keys > MOST_KEYS) throw wrong(`The body has more than ${String(MOST_KEYS)} keys.`);
      }
    }
    for (const each of Object.values(value)) visit(each, depth + 1);
  };
  visit(body, 1);
}

function isObject(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function tooLarge(): Refusal {
  return new Refusal(
    HttpStatus.PAYLOAD_TOO_LARGE,
    'BODY_TOO_LARGE',
    `The body is larger than ${String(LARGEST_BYTES / 1024)} kB.`,
  );
}

function wrong(message: string): Refusal {
  return new Refusal(HttpStatus.BAD_REQUEST, 'BODY', message);
}
