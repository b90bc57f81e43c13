import type { CronPattern } from './cron-pattern.js';

interface Timed {
  /** From the start of the orchestrator to the first due instant, counted as {@link Timed.startsDue} says. */
  readonly initialDelayMs: number;
  /** Whether the start (plus `initialDelayMs`) is itself a due instant. */
  readonly startsDue: boolean;
  readonly jitterMs: number;
}

/** What makes a worker due. */
export type Schedule =
  | ({ readonly kind: 'fixed-rate' | 'fixed-delay'; readonly intervalMs: number } & Timed)
  | ({ readonly kind: 'cron'; readonly cron: CronPattern } & Timed)
  | ({ readonly kind: 'continuous' } & Timed)
  | ({ readonly kind: 'triggered' } & Timed)
  | { readonly kind: 'after-dependencies' };

/** What its due instants hang on, but for when the first one is and for jitter. */
export function scheduleKey(schedule: Schedule): string {
  switch (schedule.kind) {
    case 'fixed-rate':
    case 'fixed-delay':
      return `${schedule.kind} ${String(schedule.intervalMs)}`;
    case 'cron':
      return `cron ${schedule.cron.pattern} ${schedule.cron.timeZone ?? ''}`;
    default:
      return schedule.kind;
  }
}
