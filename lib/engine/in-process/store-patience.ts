import type { Alarms } from '../../execution/alarms.js';
import type { Clock } from '../../execution/clock.js';

export const LONGEST_ANSWER_MS = 10_000;
export const NO_ANSWER = `it has not answered for ${String(LONGEST_ANSWER_MS / 1000)} s`;

/** Waits for answers of the store, but not for ever. */
export class StorePatience {
  private readonly waits = new Set<(why: string) => void>();

  constructor(
    private readonly alarms: Alarms,
    private readonly clock: Clock,
  ) {}

  /** @throws what the answer rejects with; an Error where it does not come in time */
  wait<Answer>(answer: Promise<Answer>): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const alarm = this.alarms.set(this.clock.now() + LONGEST_ANSWER_MS, () => {
        giveUp(NO_ANSWER);
      });
      const over = (): void => {
        this.alarms.clear(alarm);
        this.waits.delete(giveUp);
      };
      const giveUp = (why: string): void => {
        over();
        reject(new Error(why));
      };
      this.waits.add(giveUp);
      answer.then(resolve, reject).finally(over);
    });
  }

  /** Ends all waits at once. */
  lose(why: string): void {
    for (const giveUp of this.waits) giveUp(why);
  }
}
