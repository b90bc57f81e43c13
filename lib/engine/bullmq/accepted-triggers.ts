import type { RunEnding, RunEndings } from '../in-process/run-endings.js';
import { imageOfError } from './error-image.js';
import type { Answer } from './messages.js';

/** The run that a trigger has become; not its own, where an equal key stood for it already. */
export interface AcceptedTrigger {
  readonly runId: string;
  readonly ending: RunEnding;
}

/** For minutes: far more than it takes to serve a job again, or to ask after another leader was found. */
const MOST_LOOKS = 150;

/** Triggers that were accepted, by this leader or a former one, and whose ends may be asked for yet. */
export class AcceptedTriggers {
  private readonly waiting = new Map<string, AcceptedTrigger>();
  /** Those whose runs have ended while somebody else led. */
  private readonly endedBefore = new Map<string, Answer>();
  /** At how many looks their runs had ended. */
  private ended: ReadonlyMap<string, number> = new Map();

  constructor(private readonly endings: RunEndings) {}

  get(id: string): AcceptedTrigger | undefined {
    return this.waiting.get(id);
  }

  has(id: string): boolean {
    return this.waiting.has(id);
  }

  /** Whether any trigger has become that run, which goes on. */
  isAwaited(runId: string): boolean {
    return [...this.waiting.values()].some(
      (trigger) => trigger.runId === runId && !trigger.ending.isSettled,
    );
  }

  add(id: string, runId = id): AcceptedTrigger {
    const trigger = { runId, ending: this.endings.of(runId) };
    this.waiting.set(id, trigger);
    return trigger;
  }

  addEnded(id: string, answer: Answer): void {
    this.endedBefore.set(id, answer);
  }

  delete(id: string): void {
    this.waiting.delete(id);
    this.endedBefore.delete(id);
  }

  /** @returns whether the next leader has to be told of runs that had ended at the last look, as nobody has asked since */
  look(): boolean {
    const settled = [...this.waiting]
      .filter(([, { ending }]) => ending.isSettled)
      .map(([id]) => id);
    const looks = [...settled, ...this.endedBefore.keys()].map((id): [string, number] => [
      id,
      (this.ended.get(id) ?? 0) + 1,
    ]);
    // Nobody will ask any more, or whoever did has withdrawn the question.
    for (const [id, count] of looks) if (count > MOST_LOOKS) this.delete(id);
    this.ended = new Map(looks.filter(([, count]) => count <= MOST_LOOKS));
    return settled.some((id) => this.ended.get(id) === 2);
  }

  /** The answers that the store lacks. */
  answers(): Record<string, Answer> {
    const answers = new Map(this.endedBefore);
    for (const [id, { ending }] of this.waiting) {
      const { settledAs } = ending;
      if (settledAs === undefined) continue;
      const isResult = 'result' in settledAs;
      answers.set(
        id,
        isResult ? { value: settledAs.result } : { error: imageOfError(settledAs.error) },
      );
    }
    return Object.fromEntries(answers);
  }
}
