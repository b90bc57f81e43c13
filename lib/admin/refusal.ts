import { HttpException, HttpStatus } from '@nestjs/common';
import { OrchestratorError, WorkerDisabledError } from '../index.js';
import { boundedText } from '../execution/bounded-text.js';
import type { AdminProblem } from './answers.js';

const LONGEST_MESSAGE = 500;

/** A request that is not done, for a reason that its sender may know. */
export class Refusal extends Error {
  constructor(
    readonly status: HttpStatus,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

const STATUS_BY_CODE: ReadonlyMap<string, HttpStatus> = new Map([
  ['PAYLOAD', HttpStatus.BAD_REQUEST],
  ['OPTIONS', HttpStatus.BAD_REQUEST],
  ['UNKNOWN_WORKER', HttpStatus.NOT_FOUND],
  ['UNKNOWN_RUN', HttpStatus.NOT_FOUND],
  ['WORKER_DISABLED', HttpStatus.CONFLICT],
  ['WORKER_PAUSED', HttpStatus.CONFLICT],
  ['QUEUE_FULL', HttpStatus.TOO_MANY_REQUESTS],
  ['ORCHESTRATOR_STOPPED', HttpStatus.SERVICE_UNAVAILABLE],
  ['ENGINE_UNAVAILABLE', HttpStatus.SERVICE_UNAVAILABLE],
]);

export interface Answer {
  readonly status: number;
  readonly problem: AdminProblem;
}

/** What the sender is told; `undefined` for a fault that is nobody's to know. */
export function answerFor(error: unknown): Answer | undefined {
  if (error instanceof Refusal) return answer(error.status, error.code, error.message);
  if (error instanceof HttpException) {
    const status = error.getStatus();
    return answer(status, HttpStatus[status] ?? 'HTTP_ERROR', error.message);
  }
  if (!(error instanceof OrchestratorError)) return undefined;
  const status = STATUS_BY_CODE.get(error.code);
  if (status === undefined) return undefined;
  return answer(status, error.code, messageOf(error));
}

/** Without what the engine says of its store, or an operator of a worker: those are shown elsewhere, as they may be. */
function messageOf(error: OrchestratorError): string {
  if (error.code === 'ENGINE_UNAVAILABLE') return 'The engine is unavailable.';
  if (error instanceof WorkerDisabledError) {
    return `Worker "${error.worker}" is disabled; its explanation says why.`;
  }
  return error.message;
}

/** The code by which an outcome is recorded. */
export function codeOf(error: unknown): string {
  return answerFor(error)?.problem.code ?? 'INTERNAL';
}

function answer(status: number, code: string, message: string): Answer {
  return { status, problem: { code, message: boundedText(message, LONGEST_MESSAGE) } };
}
