import {
  HttpException,
  HttpStatus,
  type ExecutionContext,
  type LoggerService,
} from '@nestjs/common';
import { oneLine } from '../event-log.js';
import { boundedText } from '../execution/bounded-text.js';
import { failureLine, normaliseFailure, readSafely } from '../execution/normalise-failure.js';
import type {
  AdminAction,
  AdminRequestDetails,
  OrchestratorAdminBehaviour,
} from './admin-options.js';
import type { Exchange } from './exchange.js';
import { isLoopbackAddress, isLoopbackHost } from './loopback.js';
import { Refusal } from './refusal.js';

const LONGEST_NAME = 200;

/** Who may do what. Nobody, where it is not said. */
export class Access {
  constructor(
    private readonly authorize: OrchestratorAdminBehaviour['authorize'],
    private readonly hasGuards: boolean,
    private readonly logger: LoggerService,
  ) {}

  /**
   * @returns who it is
   * @throws Refusal, or the `HttpException` that the application refuses it with
   */
  async permit(
    exchange: Exchange,
    context: ExecutionContext,
    action: AdminAction,
    details: AdminRequestDetails,
  ): Promise<string> {
    const peer = exchange.peerAddress ?? 'unknown';
    if (this.authorize === undefined) {
      if (this.hasGuards) assertReadOnly(action);
      else assertFromHere(exchange);
      return peer;
    }
    const granted = await this.ask(this.authorize, context, action, details);
    if (granted === true) return peer;
    const who = whoOf(granted);
    if (who !== undefined) return boundedText(who, LONGEST_NAME);
    throw refused('FORBIDDEN', `You may not ${action} here.`);
  }

  private async ask(
    authorize: NonNullable<OrchestratorAdminBehaviour['authorize']>,
    ...request: [ExecutionContext, AdminAction, AdminRequestDetails]
  ): Promise<unknown> {
    try {
      return await authorize(...request);
    } catch (error) {
      if (error instanceof HttpException) throw error;
      const fault = failureLine(normaliseFailure(error));
      this.logger.error(
        oneLine(`The option authorize failed, which refuses the request: ${fault}`),
      );
      return false;
    }
  }
}

function whoOf(granted: unknown): string | undefined {
  const who = readSafely(granted, 'who');
  return typeof who === 'string' && who !== '' ? who : undefined;
}

/** Guards decide who gets in; that they may change anything has been said by nobody. */
function assertReadOnly(action: AdminAction): void {
  if (action === 'read') return;
  throw refused('READ_ONLY', 'Guards alone let callers read. Give authorize, which lets them act.');
}

function assertFromHere({ peerAddress, host }: Exchange): void {
  if (isLoopbackAddress(peerAddress) && isLoopbackHost(host)) return;
  throw refused(
    'LOOPBACK_ONLY',
    'Without authorize or guards, only this machine itself is let in, by the name of localhost.',
  );
}

function refused(code: string, message: string): Refusal {
  return new Refusal(HttpStatus.FORBIDDEN, code, message);
}
