import { NonRetryableError } from 'nestjs-orchestrator';

/** The payload of `write-report`. */
export interface ReportRequest {
  /** How far the report looks back. */
  readonly minutes: number;
}

/** @throws NonRetryableError, for the same payload will be wrong again */
export function readReportRequest(payload: unknown = {}): ReportRequest {
  const { minutes = 15 } = Object(payload) as { readonly minutes?: unknown };
  if (typeof minutes === 'number' && minutes >= 1 && minutes <= 10_000) return { minutes };
  throw new NonRetryableError('The payload must be { "minutes": <1 to 10000> }, or nothing.');
}
