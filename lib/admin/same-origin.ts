import type { IncomingHttpHeaders } from 'node:http';
import { HttpStatus } from '@nestjs/common';
import { Refusal } from './refusal.js';

/** A header that no page can send to another origin without being asked first, which nobody here answers. */
export const CUSTOM_HEADER = 'x-requested-with';

/**
 * Whether a request was made by a page of this origin, or by a program. Browsers say so in `Sec-Fetch-Site`, to hosts
 * that they trust; who does not say it must send {@link CUSTOM_HEADER}, and the origin that it means to call.
 */
export function isSameOrigin(headers: IncomingHttpHeaders, host: string | undefined): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  const custom = headers[CUSTOM_HEADER];
  return custom !== undefined && custom !== '' && namesHost(headers.origin, host);
}

/** @throws Refusal */
export function assertSameOrigin(headers: IncomingHttpHeaders, host: string | undefined): void {
  if (isSameOrigin(headers, host)) return;
  throw new Refusal(
    HttpStatus.FORBIDDEN,
    'CROSS_ORIGIN',
    'Only pages of this origin may act. A program sends the header origin, with the scheme and host that it calls, ' +
      `and the header ${CUSTOM_HEADER}.`,
  );
}

function namesHost(origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined || host === undefined || !URL.canParse(origin)) return false;
  const { protocol, host: named } = new URL(origin);
  const own = `${protocol}//${host}`;
  if (named === '' || !URL.canParse(own)) return false;
  // Read alike, such that `example.com:80` is `example.com`.
  const { host: called, username } = new URL(own);
  return called === named && username === '';
}
