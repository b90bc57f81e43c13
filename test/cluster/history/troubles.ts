import type { HistoryEvent } from './event.js';

/** For how long something was done to a replica, or to everybody. */
export interface Trouble {
  readonly fault: string;
  /** The replica's name, or `EVERYBODY`. */
  readonly of: string;
  readonly fromAt: number;
  readonly toAt: number;
}

export function troublesIn(events: readonly HistoryEvent[]): Trouble[] {
  const open = new Map<number, { fault: string; of: string; fromAt: number }>();
  const all: Trouble[] = [];
  for (const event of events) {
    if (event.is === 'trouble') {
      open.set(event.id, { fault: event.fault, of: event.of, fromAt: event.at });
    } else if (event.is === 'relief') {
      const trouble = open.get(event.id);
      if (trouble !== undefined) all.push({ ...trouble, toAt: event.at });
      open.delete(event.id);
    } else if (event.is === 'down') {
      all.push({ fault: 'ended', of: event.replica, fromAt: event.at, toAt: event.at });
    }
  }
  const end = events.at(-1)?.at ?? 0;
  return [...all, ...[...open.values()].map((trouble) => ({ ...trouble, toAt: end }))];
}
