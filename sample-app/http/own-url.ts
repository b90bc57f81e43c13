import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';

const EVERY_ADDRESS = ['0.0.0.0', '::'];

/** Where this application answers; known once it listens, for `PORT=0` leaves the choice to the system. */
@Injectable()
export class OwnUrl {
  constructor(private readonly adapter: HttpAdapterHost) {}

  of(path: string): string {
    const server = this.adapter.httpAdapter.getHttpServer() as Server;
    const { address, port } = server.address() as AddressInfo;
    const literal = address.includes(':') ? `[${address}]` : address;
    const host = EVERY_ADDRESS.includes(address) ? 'localhost' : literal;
    return `http://${host}:${port}${path}`;
  }
}
