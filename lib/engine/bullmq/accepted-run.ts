import type { RunImage } from '../../core/run-image.js';
import type { Scheduler } from '../../core/scheduler.js';
import type { TriggerCommand } from './messages.js';

/** The run that a former leader has accepted with a trigger, and not begun. */
export function acceptedRun(
  scheduler: Scheduler,
  id: string,
  { worker, request, at }: TriggerCommand,
): RunImage {
  const { priority, delayMs = 0, payload, dedupeKey, traceparent } = request;
  return {
    ...{ id, worker, origin: 'trigger', missedCount: 0, attempts: 0 },
    priority: priority ?? scheduler.definition(worker).priority,
    scheduledAt: at + delayMs,
    dueAt: at + delayMs,
    ...(payload !== undefined && { payload }),
    ...(dedupeKey !== undefined && { dedupeKey }),
    ...(traceparent !== undefined && { traceparent }),
  };
}
