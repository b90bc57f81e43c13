import type { AttemptMark, HistoryEvent } from './event.js';

export interface Instant {
  readonly seq: number;
  readonly at: number;
}

/** An attempt as the witness knows it. */
export interface Attempt extends AttemptMark {
  readonly due?: number;
  readonly missed: number;
  readonly token?: number;
  readonly isRefused: boolean;
  readonly ticket?: number;
  readonly from: Instant;
  /** Its end, or that of its process, or that of the history. */
  readonly to: Instant;
  readonly how: 'ended' | 'aborted' | 'killed' | 'open';
  readonly signs: readonly (Instant & { readonly isAborted: boolean })[];
}

type Draft = { -readonly [Key in keyof Attempt]: Attempt[Key] } & {
  signs: (Instant & { isAborted: boolean })[];
};

const keyOf = ({ boot, runId, attempt }: AttemptMark): string => `${boot} ${runId} ${attempt}`;

export function attemptsIn(events: readonly HistoryEvent[]): Attempt[] {
  const all: Draft[] = [];
  const live = new Map<string, Draft>();
  for (const event of events) {
    const { seq, at } = event;
    if (event.is === 'start') {
      const { is: _is, seq: _seq, at: _at, ...start } = event;
      const draft: Draft = { ...start, from: { seq, at }, to: { seq, at }, how: 'open', signs: [] };
      all.push(draft);
      live.set(keyOf(event), draft);
    } else if (event.is === 'alive') {
      live.get(keyOf(event))?.signs.push({ seq, at, isAborted: event.isAborted });
    } else if (event.is === 'end') {
      const draft = live.get(keyOf(event));
      if (draft !== undefined) {
        Object.assign(draft, { to: { seq, at }, how: event.isAborted ? 'aborted' : 'ended' });
      }
      live.delete(keyOf(event));
    } else if (event.is === 'down') {
      for (const [key, draft] of live) {
        if (draft.boot !== event.boot) continue;
        Object.assign(draft, { to: { seq, at }, how: 'killed' });
        live.delete(key);
      }
    }
  }
  const last = events.at(-1);
  for (const draft of live.values()) {
    draft.to = { seq: last?.seq ?? 0, at: last?.at ?? 0 };
  }
  return all;
}

export function overlap(one: Attempt, other: Attempt): boolean {
  return one.from.seq < other.to.seq && other.from.seq < one.to.seq;
}

export function nameOf({ worker, runId, attempt, replica }: Attempt): string {
  return `${worker} ${runId}#${attempt} on ${replica}`;
}
