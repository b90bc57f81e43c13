import { HttpStatus } from '@nestjs/common';
import type { RunFilter, RunStatus } from '../index.js';
import type { Exchange } from './exchange.js';
import { Refusal } from './refusal.js';

const STATES: ReadonlySet<string> = new Set<RunStatus>([
  'waiting',
  'running',
  'backing-off',
  'succeeded',
  'failed',
  'timed-out',
  'cancelled',
  'lost',
  'skipped',
]);

const STANDARD_LIMIT = 100;
const MOST_RUNS = 1_000;

/**
 * In place of a name or an id in the path, which then is in the query: browsers resolve `.` and `..` in paths, and
 * routers may refuse long ones. No worker can be called so.
 */
const ELSEWHERE = '~';

/** The worker's name, or the run's id, that a request is about. */
export function subjectOf(exchange: Exchange, param: 'name' | 'id'): string {
  const inPath = exchange.param(param);
  return inPath === ELSEWHERE ? (textOf(exchange, param) ?? '') : inPath;
}

export function runFilterOf(exchange: Exchange): RunFilter {
  const worker = textOf(exchange, 'worker');
  const status = textOf(exchange, 'state');
  if (status !== undefined && !isState(status)) {
    throw wrong(`state must be one of ${[...STATES].join(', ')}.`);
  }
  return {
    ...(worker !== undefined && { worker }),
    ...(status !== undefined && { status }),
    limit: limitOf(textOf(exchange, 'limit')),
  };
}

/** Whether the graph is asked for as a text. */
export function isMermaidAskedFor(exchange: Exchange): boolean {
  const format = textOf(exchange, 'format') ?? 'json';
  if (format !== 'json' && format !== 'mermaid') throw wrong('format must be json or mermaid.');
  return format === 'mermaid';
}

function limitOf(text: string | undefined): number {
  if (text === undefined) return STANDARD_LIMIT;
  if (!/^\d{1,15}$/.test(text)) throw wrong('limit must be a whole number.');
  return Math.min(Math.max(Number(text), 1), MOST_RUNS);
}

function textOf(exchange: Exchange, name: string): string | undefined {
  const value = exchange.queried(name);
  if (value === null) throw wrong(`${name} must be given once.`);
  return value;
}

function isState(text: string): text is RunStatus {
  return STATES.has(text);
}

function wrong(message: string): Refusal {
  return new Refusal(HttpStatus.BAD_REQUEST, 'QUERY', message);
}
