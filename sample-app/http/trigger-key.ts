import { createHash, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';

type Headers = Readonly<Record<string, unknown>>;

/** The key that lets its holders act. */
@Injectable()
export class TriggerKey {
  constructor(private readonly config: AppConfig) {}

  get isSet(): boolean {
    return this.config.triggerKey !== undefined;
  }

  /** By `x-api-key`, or as the password that a browser asks for. */
  isKnownBy(headers: Headers): boolean {
    const { triggerKey } = this.config;
    if (triggerKey === undefined) return false;
    return [headers['x-api-key'], passwordIn(headers)].some((given) => isSame(given, triggerKey));
  }
}

/** The name that goes with the password. */
export function userIn({ authorization }: Headers): string | undefined {
  return credentialsIn(authorization)?.split(':', 1)[0];
}

function passwordIn({ authorization }: Headers): string | undefined {
  const credentials = credentialsIn(authorization);
  return credentials?.slice(credentials.indexOf(':') + 1);
}

function credentialsIn(authorization: unknown): string | undefined {
  if (typeof authorization !== 'string') return undefined;
  const [, encoded] = /^Basic ([\w+/=-]+)$/i.exec(authorization) ?? [];
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString();
}

/** Takes equally long wherever they differ: time tells nothing about the key. */
function isSame(given: unknown, key: string): boolean {
  return typeof given === 'string' && timingSafeEqual(digest(given), digest(key));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
