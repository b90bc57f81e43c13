import { HttpStatus } from '@nestjs/common';
import { Refusal } from './refusal.js';
import type { Body } from './request-body.js';

/** Why a worker is disabled, where it is said. */
export function readReason({ reason }: Body): string | undefined {
  if (reason === undefined || typeof reason === 'string') return reason;
  throw new Refusal(HttpStatus.BAD_REQUEST, 'BODY', 'reason must be a text.');
}

/** Whether what a run holds is freed although it does not end. */
export function readAbandon({ abandon = false }: Body): boolean {
  if (typeof abandon === 'boolean') return abandon;
  throw new Refusal(HttpStatus.BAD_REQUEST, 'BODY', 'abandon must be true or false.');
}
