import type { LoggerService } from '@nestjs/common';
import { oneLine } from '../event-log.js';
import { failureLine, normaliseFailure } from '../execution/normalise-failure.js';
import type { AdminAuditRecord, OrchestratorAdminBehaviour } from './admin-options.js';

/** Tells of each action: one line in the log, and to whoever asked for it. */
export class Audit {
  constructor(
    private readonly logger: LoggerService,
    private readonly listener: OrchestratorAdminBehaviour['audit'],
  ) {}

  tell(record: AdminAuditRecord): void {
    const line = oneLine(lineFor(record));
    if (record.outcome === 'done') this.logger.log(line);
    else this.logger.warn(line);
    void this.pass(record);
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
