import type { OrchestratorEventType } from '../core/event.js';
import { nearestName } from '../core/graph/nearest-name.js';

// A record, so that the compiler refuses a list that lacks one.
const TYPES: Readonly<Record<OrchestratorEventType, true>> = {
  'run.due': true,
  'run.waiting': true,
  'run.started': true,
  'run.progress': true,
  'run.retrying': true,
  'run.succeeded': true,
  'run.failed': true,
  'run.timed-out': true,
  'run.lost': true,
  'run.cancelled': true,
  'run.skipped': true,
  'run.abandoned': true,
  'worker.registered': true,
  'worker.unregistered': true,
  'worker.updated': true,
  'worker.enabled': true,
  'worker.disabled': true,
  'worker.paused': true,
  'worker.resumed': true,
  'worker.probing': true,
  'worker.overdue': true,
  'orchestrator.started': true,
  'orchestrator.paused': true,
  'orchestrator.resumed': true,
  'orchestrator.draining': true,
  'orchestrator.stopped': true,
  'engine.unavailable': true,
  'engine.recovered': true,
  'leader.elected': true,
  'leader.lost': true,
};

export function isEventType(value: unknown): value is OrchestratorEventType {
  return typeof value === 'string' && Object.hasOwn(TYPES, value);
}

/** What to write instead. */
export function remedyForEventType(wrong: unknown): string {
  const known = Object.keys(TYPES);
  const nearest = typeof wrong === 'string' ? nearestName(wrong, known) : undefined;
  return nearest === undefined ? `use one of ${known.join(', ')}` : `did you mean "${nearest}"?`;
}
