import type { OrchestratorEvent, OrchestratorService } from 'nestjs-orchestrator';
import type { Testimony } from '../history/event.js';
import type { Witness } from '../history/witness.js';

const FINAL = /^run[.](succeeded|failed|timed-out|lost|cancelled)$/;

/** Lets the witness know what this replica hears of the fleet. */
export function testify({ events }: OrchestratorService, witness: Witness, replica: string): void {
  events.subscribe((event) => {
    const testimony = testimonyOf(event, replica);
    if (testimony !== undefined) witness.write(testimony).catch(() => undefined);
  });
}

function testimonyOf(event: OrchestratorEvent, replica: string): Testimony | undefined {
  const { type } = event;
  if (type === 'worker.disabled') return { is: 'disabled', replica, worker: event.worker };
  if (type === 'run.retrying') return { is: 'retrying', replica, worker: event.worker };
  const status = FINAL.exec(type)?.[1];
  if (status === undefined || !('runId' in event)) return undefined;
  return { is: 'final', replica, worker: event.worker, runId: event.runId, status };
}
