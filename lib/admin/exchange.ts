import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { HttpServer } from '@nestjs/common';
import { PROTECTION_HEADERS } from './protection-headers.js';

/** What Express and Fastify give alike. */
interface FrameworkRequest {
  readonly headers: IncomingHttpHeaders;
  readonly params?: Readonly<Record<string, unknown>> | null;
  readonly query?: Readonly<Record<string, unknown>> | null;
  readonly body?: unknown;
  /** Fastify's way to node's own. */
  readonly raw?: IncomingMessage;
}

interface FrameworkResponse {
  readonly raw?: ServerResponse;
  /** Fastify's: from now on the raw response is ours. */
  hijack?(): unknown;
  removeHeader(name: string): unknown;
}

/** By which an application may have opened its routes to other origins: these are not for them. */
const CORS_HEADERS = [
  'Access-Control-Allow-Origin',
  'Access-Control-Allow-Credentials',
  'Access-Control-Expose-Headers',
];

/** One request and its response, whatever framework carries them. */
export class Exchange {
  readonly request: IncomingMessage;
  private readonly rawResponse: ServerResponse;
  private readonly given: FrameworkRequest;
  private readonly response: FrameworkResponse;

  constructor(
    private readonly adapter: HttpServer,
    given: unknown,
    response: unknown,
  ) {
    this.given = given as FrameworkRequest;
    this.response = response as FrameworkResponse;
    this.request = this.given.raw ?? (given as IncomingMessage);
    this.rawResponse = this.response.raw ?? (response as ServerResponse);
  }

  get headers(): IncomingHttpHeaders {
    return this.given.headers;
  }

  /** Whom the caller means to call; over HTTP/2, a header of another name says so. */
  get host(): string | undefined {
    const { host, ':authority': authority } = this.headers;
    return host ?? authority?.toString();
  }

  get method(): string | undefined {
    return this.request.method;
  }

  /** As some middleware of the application has read it; `undefined` where none has. */
  get body(): unknown {
    return this.given.body;
  }

  /** Of the socket: what headers say of the sender is the sender's word. */
  get peerAddress(): string | undefined {
    return this.request.socket.remoteAddress;
  }

  get isAnswered(): boolean {
    return this.rawResponse.headersSent;
  }

  param(name: string): string {
    const value = this.given.params?.[name];
    return typeof value === 'string' ? value : '';
  }

  /** @returns undefined where it is absent, and null where it is no single text */
  queried(name: string): string | null | undefined {
    const value = this.given.query?.[name];
    return typeof value === 'string' || value === undefined ? value : null;
  }

  answer(status: number, body: unknown): void {
    this.send(status, 'application/json; charset=utf-8', JSON.stringify(body));
  }

  answerText(status: number, text: string): void {
    this.send(status, 'text/plain; charset=utf-8', text);
  }

  /** By itself, not through Nest: an interceptor of the application that wraps its answers is not meant for ours. */
  send(status: number, contentType: string, body: string | Buffer): void {
    for (const name of CORS_HEADERS) {
      this.response.removeHeader(name);
      this.rawResponse.removeHeader(name);
    }
    const headers = { ...PROTECTION_HEADERS, 'Content-Type': contentType };
    for (const [name, value] of Object.entries(headers)) {
      this.adapter.setHeader(this.response, name, value);
    }
    this.adapter.reply(this.response, body, status);
  }

  /** The response as a stream that stays open. */
  openStream(): ServerResponse {
    this.response.hijack?.();
    for (const name of CORS_HEADERS) this.rawResponse.removeHeader(name);
    this.rawResponse.writeHead(200, {
      ...PROTECTION_HEADERS,
      'Content-Type': 'text/event-stream; charset=utf-8',
      // Nothing between us may keep parts back, to compress or to collect them.
      'Cache-Control': 'no-store, no-transform',
      'X-Accel-Buffering': 'no',
    });
    this.rawResponse.flushHeaders();
    return this.rawResponse;
  }
}
