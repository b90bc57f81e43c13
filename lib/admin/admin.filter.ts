import {
  Catch,
  HttpStatus,
  Inject,
  Logger,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { oneLine } from '../event-log.js';
import { failureLine, normaliseFailure } from '../execution/normalise-failure.js';
import { Exchange } from './exchange.js';
import { answerFor } from './refusal.js';

/** Answers whatever went wrong with a code and a sentence, and with nothing else. */
@Catch()
export class AdminFilter implements ExceptionFilter {
  private readonly logger = new Logger('OrchestratorAdmin');

  constructor(@Inject(HttpAdapterHost) private readonly host: HttpAdapterHost) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const exchange = new Exchange(this.host.httpAdapter, http.getRequest(), http.getResponse());
    const answer = answerFor(error);
    if (answer === undefined) {
      this.logger.error(oneLine(`A request failed: ${failureLine(normaliseFailure(error))}`));
    }
    if (exchange.isAnswered) return;
    const { status, problem } = answer ?? INTERNAL;
    exchange.answer(status, problem);
  }
}

const INTERNAL = {
  status: HttpStatus.INTERNAL_SERVER_ERROR,
  problem: { code: 'INTERNAL', message: 'Something went wrong; the log says what.' },
};
