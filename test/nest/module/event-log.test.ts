import { describe, expect, it } from 'vitest';
import type { OrchestratorEvent } from 'nestjs-orchestrator';
import { logEvent, oneLine } from '../../../lib/event-log.js';
import { boot, linesOf } from './boot.js';

const at = new Date('2026-01-01T00:00:00Z');
const run = { at, worker: 'sync', runId: 'a1-7' };
const worker = { at, worker: 'sync' };
const failure = { name: 'TypeError', message: 'no such host' };

function linesFor(event: OrchestratorEvent): (readonly [string, string])[] {
  const lines: [string, string][] = [];
  const record = (level: string) => (line: unknown) => void lines.push([level, String(line)]);
  logEvent({ log: record('log'), warn: record('warn'), error: record('error') }, event);
  return lines;
}

const skipped = { ...run, type: 'run.skipped', scheduledAt: at, count: 1 } as const;
const { runId: _, ...skippedInstants } = { ...skipped, count: 3 };
const ended = { ...run, attempts: 4, durationMs: 12, failure } as const;

/** What an operator has to know. */
const LOUD: readonly (readonly [OrchestratorEvent, 'log' | 'warn' | 'error', string])[] = [
  [
    { ...ended, type: 'run.failed' },
    'error',
    'Run a1-7 of worker "sync" failed after 4 attempts: TypeError: no such host',
  ],
  [
    { ...run, type: 'run.timed-out', attempts: 1, durationMs: 12 },
    'error',
    'Run a1-7 of worker "sync" timed out after 1 attempt',
  ],
  [
    { ...run, type: 'run.lost', attempts: 1, durationMs: 12 },
    'error',
    'Run a1-7 of worker "sync" lost after 1 attempt',
  ],
  [
    { ...run, type: 'run.retrying', attempt: 2, outcome: 'failed', failure, delayMs: 500 },
    'warn',
    'Run a1-7 of worker "sync" failed in attempt 2 and tries again in 500 ms: TypeError: no such host',
  ],
  [
    { ...run, type: 'run.abandoned', attempt: 1, holdsPlace: true },
    'warn',
    'Run a1-7 of worker "sync" ignores its abort signal (attempt 1) and was abandoned; it holds its place until it settles',
  ],
  [
    { ...run, type: 'run.abandoned', attempt: 1, holdsPlace: false },
    'warn',
    'Run a1-7 of worker "sync" ignores its abort signal (attempt 1) and was abandoned; its place is free',
  ],
  [
    { ...run, type: 'run.cancelled', why: 'cancelled by alice' },
    'log',
    'Run a1-7 of worker "sync" was cancelled: cancelled by alice',
  ],
  [
    { ...skippedInstants, reason: 'ALREADY_RUNNING' },
    'warn',
    'Worker "sync" skipped 3 due instants: ALREADY_RUNNING',
  ],
  [
    { ...skippedInstants, count: 1, reason: 'MISFIRE', why: 'it is too late' },
    'warn',
    'Worker "sync" skipped a due instant: MISFIRE (it is too late)',
  ],
  [
    { ...skipped, reason: 'QUEUE_FULL' },
    'warn',
    'Run a1-7 of worker "sync" was skipped: QUEUE_FULL',
  ],
  [
    { ...skipped, reason: 'SKIPPED_BY_WORKER', why: 'no mail' },
    'log',
    'Run a1-7 of worker "sync" was skipped: SKIPPED_BY_WORKER (no mail)',
  ],
  [{ ...skipped, reason: 'DRAINING' }, 'log', 'Run a1-7 of worker "sync" was skipped: DRAINING'],
  [
    { ...worker, type: 'worker.overdue', reason: 'BLOCKED', dueAt: at },
    'warn',
    'Worker "sync" is overdue since 2026-01-01T00:00:00.000Z: BLOCKED',
  ],
  [
    { ...worker, type: 'worker.disabled', by: 'failures', reason: '5 failed runs in a row' },
    'warn',
    'Worker "sync" was disabled: 5 failed runs in a row',
  ],
  [{ ...worker, type: 'worker.enabled' }, 'log', 'Worker "sync" is enabled'],
  [{ ...worker, type: 'worker.paused' }, 'log', 'Worker "sync" is paused'],
  [{ ...worker, type: 'worker.resumed' }, 'log', 'Worker "sync" is resumed'],
  [{ ...worker, type: 'worker.probing' }, 'log', 'Worker "sync" is probing'],
  [
    { at, type: 'engine.unavailable', problem: 'the store is full' },
    'error',
    'The engine is unavailable: the store is full',
  ],
  [{ at, type: 'engine.recovered' }, 'log', 'engine recovered'],
  [{ at, type: 'orchestrator.paused' }, 'log', 'orchestrator paused'],
  [{ at, type: 'orchestrator.resumed' }, 'log', 'orchestrator resumed'],
  [{ at, type: 'orchestrator.draining' }, 'log', 'orchestrator draining'],
  [{ at, type: 'orchestrator.stopped' }, 'log', 'orchestrator stopped'],
];

/** What happens all night while all goes well. */
const QUIET: readonly OrchestratorEvent[] = [
  { ...run, type: 'run.due', scheduledAt: at, missedCount: 0 },
  { ...run, type: 'run.waiting', reason: 'BLOCKED', heldBy: 'other' },
  { ...run, type: 'run.started', attempt: 1, latenessMs: 0 },
  { ...run, type: 'run.progress', fraction: 0.5 },
  { ...run, type: 'run.succeeded', attempts: 1, durationMs: 12 },
  { ...skipped, reason: 'ALREADY_RUNNING', isStandIn: true },
];

describe('The log of events', () => {
  it.each(LOUD)('tells %o at the level %s: %s', (event, level, line) => {
    expect(linesFor(event)).toEqual([[level, line]]);
  });

  it.each(QUIET)('says nothing of %o', (event) => {
    expect(linesFor(event)).toEqual([]);
  });

  it('B77: escapes whatever begins a line, colours a terminal or turns the direction of reading', () => {
    const hostile = [0, 7, 10, 13, 27, 0x7f, 0x85, 0x9b, 0x2028, 0x2029, 0x200f, 0x202e, 0x2066];
    const text = String.fromCharCode(...hostile);

    expect(oneLine(`x${text}y`)).toBe(
      `x${hostile.map((code) => `\\u${code.toString(16).padStart(4, '0')}`).join('')}y`,
    );
    expect(oneLine('ü 报告 👍 "quoted" \\n')).toBe('ü 报告 👍 "quoted" \\n');
    expect(oneLine('x'.repeat(1_000_000)).length).toBeLessThan(600);
  });

  it('shows, without any set-up, each skip, long wait, auto-disable, abandonment and end of a quiet night', async () => {
    const { clock, service, work, logger } = await boot();
    await work('slow', { interval: '1m', timeout: false }, ({ signal }) => {
      return new Promise((resolve) => signal.addEventListener('abort', resolve));
    });
    await work('held', { interval: '1h', blocks: 'slow', overdueAfter: '2m', priority: 'LOW' });
    await work('broken', { interval: '1h', maxConsecutiveFailures: 1 }, () =>
      Promise.reject(new Error('no')),
    );
    await work('deaf', { timeout: '1s', abortGrace: '1s' }, () => new Promise(() => undefined));
    await service.triggerWorker('deaf');
    await clock.advance('3m');
    const stopping = service.stop();
    await clock.advance('2m');
    await stopping;

    const warnings = linesOf(logger, 'warn').join('\n');
    expect(warnings).toContain('Worker "slow" skipped a due instant: ALREADY_RUNNING');
    expect(warnings).toContain('Worker "held" is overdue since');
    expect(warnings).toContain('Worker "broken" was disabled: a failed run');
    expect(warnings).toMatch(/Run \S+ of worker "deaf" ignores its abort signal/);
    expect(linesOf(logger, 'log')).toContainEqual(
      expect.stringMatching(/^Run \S+ of worker "held" was skipped: DRAINING \(/),
    );
  });
});
