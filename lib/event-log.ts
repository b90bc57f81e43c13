import type { LoggerService } from '@nestjs/common';
import type { OrchestratorEvent } from './core/event.js';
import type { Failure } from './core/failure.js';
import type { WorkerView } from './core/view/worker-view.js';
import { shortened } from './execution/bounded-text.js';

const LONGEST_TEXT = 500;
const LONGEST_REASON = 200;
const LONGEST_NAMES = 400;
const MOST_NAMES = 10;

/** Writes what an operator must see without any set-up; a night in which all goes well stays silent. */
export function logEvent(logger: LoggerService, event: OrchestratorEvent): void {
  const line = lineFor(event);
  if (line !== undefined) logger[line.level](oneLine(line.text));
}

/** What a former process, or a call before the start, has left off. */
export function logStillDisabled(logger: LoggerService, worker: WorkerView): void {
  const { name, disabledReason = '', disabledAt, probeAt } = worker;
  const remedy =
    probeAt === undefined
      ? `Call enableWorker("${name}") to let it run.`
      : `It is tried again at ${probeAt.toISOString()}.`;
  const since = disabledAt?.toISOString() ?? '';
  // Cut here, as the end of the line is what to do.
  const why = shortened(disabledReason, LONGEST_REASON);
  logger.warn(oneLine(`Worker "${name}" is still disabled since ${since}: ${why}. ${remedy}`));
}

/** Whoever wonders why nothing runs sees here what was found. */
export function logStart(logger: LoggerService, names: readonly string[]): void {
  logger.log(oneLine(startLine(names)));
}

function startLine(names: readonly string[]): string {
  if (names.length === 0) {
    return 'Started without workers: mark methods of providers with @Worker(), or call registerWorker()';
  }
  const count = names.length === 1 ? '1 worker' : `${String(names.length)} workers`;
  const shown = firstNames(names);
  const others = names.length - shown.length;
  const more = others > 0 ? ` and ${String(others)} more` : '';
  return `Started with ${count}: ${shown.join(', ')}${more}`;
}

function firstNames(names: readonly string[]): readonly string[] {
  let length = 0;
  return names.slice(0, MOST_NAMES).filter((name) => (length += name.length + 2) <= LONGEST_NAMES);
}

interface Line {
  readonly level: 'log' | 'warn' | 'error';
  readonly text: string;
}

function lineFor(event: OrchestratorEvent): Line | undefined {
  switch (event.type) {
    // What happens all the time is decided about first.
    case 'run.due':
    case 'run.waiting':
    case 'run.started':
    case 'run.progress':
    case 'run.succeeded':
      return undefined;
    case 'run.failed':
    case 'run.timed-out':
    case 'run.lost':
      return error(`${subject(event)} ${verb(event.type)} after ${attempts(event)}`, event.failure);
    case 'run.retrying': {
      const again = `tries again in ${String(event.delayMs)} ms`;
      return warning(
        `${subject(event)} ${event.outcome} in attempt ${String(event.attempt)} and ${again}`,
        event.failure,
      );
    }
    case 'run.skipped':
      return skipLine(event);
    case 'run.cancelled':
      return { level: 'log', text: `${subject(event)} was cancelled: ${event.why}` };
    case 'run.abandoned':
      return warning(
        `${subject(event)} ignores its abort signal (attempt ${String(event.attempt)}) and was abandoned; ` +
          (event.holdsPlace ? 'it holds its place until it settles' : 'its place is free'),
      );
    case 'worker.disabled':
      return warning(`Worker "${event.worker}" was disabled: ${event.reason}`);
    case 'worker.enabled':
    case 'worker.paused':
    case 'worker.resumed':
    case 'worker.probing':
      return { level: 'log', text: `Worker "${event.worker}" is ${event.type.slice(7)}` };
    case 'worker.overdue':
      return warning(
        `Worker "${event.worker}" is overdue since ${event.dueAt.toISOString()}: ${event.reason}`,
      );
    case 'engine.unavailable':
      return { level: 'error', text: `The engine is unavailable: ${event.problem}` };
    case 'leader.elected':
      return {
        level: 'log',
        text: `Replica ${event.replica} leads, in term ${String(event.term)}`,
      };
    case 'leader.lost':
      return warning(`This replica leads no more: ${event.why}`);
    case 'engine.recovered':
    case 'orchestrator.paused':
    case 'orchestrator.resumed':
    case 'orchestrator.draining':
    case 'orchestrator.stopped':
      return { level: 'log', text: event.type.replace('.', ' ') };
    default:
      return undefined;
  }
}

/** What somebody decided, the worker itself or who stops the orchestrator, is no reason to warn. */
function skipLine({
  worker,
  runId,
  isStandIn,
  reason,
  why,
  count,
}: Extract<OrchestratorEvent, { readonly type: 'run.skipped' }>): Line | undefined {
  // A waiting run stands for these due instants; its own wait is what there is to tell.
  if (isStandIn === true) return undefined;
  const because = why === undefined ? '' : ` (${why})`;
  const text =
    runId === undefined
      ? `Worker "${worker}" skipped ${dueInstants(count)}: ${reason}${because}`
      : `${subject({ worker, runId })} was skipped: ${reason}${because}`;
  const isDecided = reason === 'SKIPPED_BY_WORKER' || reason === 'DRAINING';
  return isDecided ? { level: 'log', text } : warning(text);
}

function warning(text: string, failure?: Failure): Line {
  return { level: 'warn', text: withFailure(text, failure) };
}

function error(text: string, failure: Failure | undefined): Line {
  return { level: 'error', text: withFailure(text, failure) };
}

function withFailure(text: string, failure: Failure | undefined): string {
  return failure === undefined ? text : `${text}: ${failure.name}: ${failure.message}`;
}

function subject({ worker, runId }: { readonly worker: string; readonly runId: string }): string {
  return `Run ${runId} of worker "${worker}"`;
}

function verb(type: string): string {
  return type.slice(type.indexOf('.') + 1).replace('-', ' ');
}

function attempts({ attempts: count }: { readonly attempts: number }): string {
  return count === 1 ? '1 attempt' : `${String(count)} attempts`;
}

function dueInstants(count: number): string {
  return count === 1 ? 'a due instant' : `${String(count)} due instants`;
}

/**
 * Names and messages are somebody's input: they must not begin a line of their own, colour the terminal, or turn the
 * direction of what is read.
 */
export function oneLine(text: string): string {
  const escaped = text.slice(0, LONGEST_TEXT).replace(
    // eslint-disable-next-line no-control-regex -- these are what it is about
    /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return text.length > LONGEST_TEXT ? `${escaped}…` : escaped;
}
