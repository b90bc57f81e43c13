import type { LoggerService } from '@nestjs/common';
import { oneLine } from '../event-log.js';
import { failureLine, normaliseFailure } from '../execution/normalise-failure.js';
import { ActionRate } from './action-rate.js';
import type { AdminAuditRecord, OrchestratorAdminBehaviour } from './admin-options.js';

/** So that nobody who may do nothing can fill a disk. */
const MOST_WARNINGS_A_MINUTE = 60;
const EVERYBODY = '';

/** Tells of each action: one line in the log, and to whoever asked for it. */
export class Audit {
  private readonly warnings = new ActionRate(MOST_WARNINGS_A_MINUTE);
  private leftOut = 0;

  constructor(
    private readonly logger: LoggerService,
    private readonly listener: OrchestratorAdminBehaviour['audit'],
  ) {}

  tell(record: AdminAuditRecord): void {
    const line = oneLine(lineFor(record));
    if (record.outcome === 'done') this.logger.log(line);
    else this.warn(line, performance.now());
    void this.pass(record);
  }

  private warn(line: string, now: number): void {
    if (!this.warnings.take(EVERYBODY, now)) {
      this.leftOut++;
      return;
    }
    if (this.leftOut > 0) {
      this.logger.warn(
        `${String(this.leftOut)} more actions were refused or failed before this one`,
      );
      this.leftOut = 0;
    }
    this.logger.warn(line);
  }

  private async pass(record: AdminAuditRecord): Promise<void> {
    try {
      await this.listener?.(record);
    } catch (error) {
      const fault = failureLine(normaliseFailure(error));
      this.logger.error(oneLine(`The option audit failed: ${fault}; not told: ${lineFor(record)}`));
    }
  }
}

function lineFor({ who, operation, worker, runId, outcome, code }: AdminAuditRecord): string {
  const what =
    (worker === undefined ? '' : ` worker ${JSON.stringify(worker)}`) +
    (runId === undefined ? '' : ` run ${JSON.stringify(runId)}`);
  return `${JSON.stringify(who)}: ${operation}${what}: ${outcome}${code === undefined ? '' : ` (${code})`}`;
}
