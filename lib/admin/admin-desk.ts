import type { IncomingMessage } from 'node:http';
import { HttpException, HttpStatus, type ExecutionContext } from '@nestjs/common';
import type { Access } from './access.js';
import type { ActionRate } from './action-rate.js';
import type { AdminAction, AdminAuditRecord, AdminRequestDetails } from './admin-options.js';
import type { AdminPermissions } from './answers.js';
import type { Audit } from './audit.js';
import type { Exchange } from './exchange.js';
import type { AdminOperation } from './operation.decorator.js';
import { codeOf, Refusal } from './refusal.js';
import { assertJson } from './request-body.js';
import { subjectOf } from './request-query.js';
import { assertSameOrigin } from './same-origin.js';

interface Admission {
  readonly who: string;
  readonly context: ExecutionContext;
  readonly action: AdminAction;
  readonly details: AdminRequestDetails;
}

/** Where requests are admitted, and where it is recorded what became of the actions. */
export class AdminDesk {
  private readonly admissions = new WeakMap<IncomingMessage, Admission>();

  constructor(
    private readonly access: Access,
    private readonly rate: ActionRate,
    private readonly audit: Audit,
  ) {}

  /** @throws Refusal, or the application's own `HttpException` */
  async admit(
    exchange: Exchange,
    context: ExecutionContext,
    { name, needs: action }: AdminOperation,
  ): Promise<void> {
    let who = exchange.peerAddress ?? 'unknown';
    let details: AdminRequestDetails = { operation: name };
    try {
      details = detailsOf(exchange, name);
      if (action !== 'read') {
        assertJson(exchange);
        assertSameOrigin(exchange.headers, exchange.host);
      }
      who = await this.access.permit(exchange, context, action, details);
      if (action !== 'read') this.assertWithinRate(who);
      this.admissions.set(exchange.request, { who, context, action, details });
    } catch (error) {
      this.record({ who, action, details }, 'refused', codeOf(error));
      throw error;
    }
  }

  /** Does what was admitted, and records what became of it. */
  async perform<Result>(
    exchange: Exchange,
    work: (who: string) => Promise<Result>,
  ): Promise<Result> {
    const admission = this.admissionOf(exchange);
    try {
      const result = await work(admission.who);
      this.record(admission, 'done');
      return result;
    } catch (error) {
      this.record(admission, 'failed', codeOf(error));
      throw error;
    }
  }

  /** What the caller of an admitted request may do. */
  async permissions(exchange: Exchange): Promise<AdminPermissions> {
    const { context, details } = this.admissionOf(exchange);
    const may = async (action: AdminAction): Promise<boolean> => {
      try {
        await this.access.permit(exchange, context, action, details);
        return true;
      } catch (error) {
        if (error instanceof Refusal || error instanceof HttpException) return false;
        throw error;
      }
    };
    return { read: true, trigger: await may('trigger'), control: await may('control') };
  }

  private admissionOf({ request }: Exchange): Admission {
    const admission = this.admissions.get(request);
    if (admission === undefined) throw new Error('A request reached its route past the guard.');
    return admission;
  }

  private assertWithinRate(who: string): void {
    if (this.rate.take(who, performance.now())) return;
    throw new Refusal(
      HttpStatus.TOO_MANY_REQUESTS,
      'TOO_MANY_ACTIONS',
      'These are more actions in a minute than a caller may take. Wait a little.',
    );
  }

  private record(
    { who, action, details }: Pick<Admission, 'who' | 'action' | 'details'>,
    outcome: AdminAuditRecord['outcome'],
    code?: string,
  ): void {
    if (action === 'read') return;
    const at = new Date();
    this.audit.tell({ at, who, action, ...details, outcome, ...(code !== undefined && { code }) });
  }
}

function detailsOf(exchange: Exchange, operation: string): AdminRequestDetails {
  const worker = subjectOf(exchange, 'name');
  const runId = subjectOf(exchange, 'id');
  return {
    operation,
    ...(worker !== '' && { worker }),
    ...(runId !== '' && { runId }),
  };
}
