import { Injectable } from '@nestjs/common';
import { Database } from '../storage/database.js';
import type { ProbeResult } from './probe-result.js';

@Injectable()
export class Prober {
  constructor(private readonly database: Database) {}

  /** @throws Error when the endpoint does not answer, or answers with a server error */
  async probe(url: string, signal: AbortSignal): Promise<void> {
    const result = await ask(url, signal);
    await this.database.probes.put(result, url);
    if (!result.isUp) throw new Error(`${url} is down: ${result.detail}`);
  }
}

async function ask(url: string, signal: AbortSignal): Promise<ProbeResult> {
  const at = Date.now();
  const result = (isUp: boolean, detail: string): ProbeResult => {
    return { at, url, isUp, detail, durationMs: Date.now() - at };
  };
  try {
    const response = await fetch(url, { signal, redirect: 'manual' });
    await response.body?.cancel();
    return result(response.status < 500, `status ${response.status}`);
  } catch (error) {
    return result(false, reasonOf(error));
  }
}

/** `fetch` hides what happened in the cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (!(cause instanceof Error)) return 'it does not answer';
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
}
