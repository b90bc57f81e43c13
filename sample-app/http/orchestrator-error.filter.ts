import { Catch, HttpException, HttpStatus, type ArgumentsHost } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import {
  EngineUnavailableError,
  OrchestratorError,
  OrchestratorStoppedError,
  PayloadError,
  QueueFullError,
  UnknownRunError,
  UnknownWorkerError,
  WorkerDisabledError,
  WorkerPausedError,
} from 'nestjs-orchestrator';

const STATUS_OF = new Map<unknown, HttpStatus>([
  [PayloadError, HttpStatus.BAD_REQUEST],
  [UnknownWorkerError, HttpStatus.NOT_FOUND],
  [UnknownRunError, HttpStatus.NOT_FOUND],
  [WorkerDisabledError, HttpStatus.CONFLICT],
  [WorkerPausedError, HttpStatus.CONFLICT],
  [QueueFullError, HttpStatus.TOO_MANY_REQUESTS],
  [OrchestratorStoppedError, HttpStatus.SERVICE_UNAVAILABLE],
  [EngineUnavailableError, HttpStatus.SERVICE_UNAVAILABLE],
]);

/** Answers refusals of the orchestrator with the status that fits. */
@Catch(OrchestratorError)
export class OrchestratorErrorFilter extends BaseExceptionFilter {
  override catch(error: OrchestratorError, host: ArgumentsHost): void {
    const statusCode = STATUS_OF.get(error.constructor);
    if (statusCode === undefined) super.catch(error, host);
    else super.catch(answer(error, statusCode), host);
  }
}

function answer({ code, message }: OrchestratorError, statusCode: HttpStatus): HttpException {
  return new HttpException({ statusCode, error: code, message }, statusCode);
}
