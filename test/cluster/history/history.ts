import type { Plan } from '../plan.js';
import type { Phase, HistoryEvent } from './event.js';
import { attemptsIn, type Attempt } from './attempts.js';
import { troublesIn, type Trouble } from './troubles.js';

/** All that has happened in one round, read once for all checks. */
export interface History {
  readonly plan: Plan;
  readonly events: readonly HistoryEvent[];
  /** By their start. Those that the resource has refused are not among them. */
  readonly attempts: readonly Attempt[];
  readonly refused: readonly Attempt[];
  readonly troubles: readonly Trouble[];
}

export function readHistory(events: readonly HistoryEvent[], plan: Plan): History {
  const all = attemptsIn(events);
  return {
    plan,
    events,
    attempts: all.filter(({ isRefused }) => !isRefused),
    refused: all.filter(({ isRefused }) => isRefused),
    troubles: troublesIn(events),
  };
}

export function eventsOf<Kind extends HistoryEvent['is']>(
  { events }: Pick<History, 'events'>,
  kind: Kind,
): (HistoryEvent & { readonly is: Kind })[] {
  return events.filter((event): event is typeof event & { readonly is: Kind } => event.is === kind);
}

/** When the phase began; the end of what is written where it never did. */
export function beginningOf(history: Pick<History, 'events'>, phase: Phase): number {
  const found = eventsOf(history, 'phase').find(({ name }) => name === phase);
  return found?.at ?? history.events.at(-1)?.at ?? 0;
}
