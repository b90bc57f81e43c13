import type { EngineHost } from '../engine.js';
import type { Broadcast } from './messages.js';

const COMPLAIN_EACH_MS = 60_000;

/** What this replica knows of who leads. */
export class KnownLeader {
  private latestTerm = 0;
  /** The latest in which this replica has led, and does no more. */
  private lostTerm = 0;
  /** The latest of the broadcasts, which may be said twice. */
  private heard: Pick<Broadcast, 'term' | 'number'> = { term: 0, number: 0 };
  /** When somebody was last known to lead, in steady time. */
  private ledAt: number;
  private complainedAt = -Infinity;
  private markLed: () => void = () => undefined;
  /** Resolves once somebody is known to lead, or to have led. */
  readonly led = new Promise<void>((resolve) => {
    this.markLed = resolve;
  });

  constructor(
    private readonly host: EngineHost,
    private readonly leaseMs: number,
    /** So long after a leader was heard, another one should be. */
    private readonly replacedWithinMs: number,
  ) {
    this.ledAt = host.clock.now();
  }

  /** The latest that is known of; 0 before the first. */
  get term(): number {
    return this.latestTerm;
  }

  /** What was granted in an earlier one is outdated, though nobody may have been heard of since. */
  get currentTerm(): number {
    return Math.max(this.latestTerm, this.lostTerm + 1);
  }

  /** Whether another leader has been heard here. */
  get hasBeenHeard(): boolean {
    return this.heard.term > 0;
  }

  /** That term has begun, though its leader does not lead yet. */
  expect(term: number): void {
    this.latestTerm = Math.max(this.latestTerm, term);
  }

  /** This replica leads from now on. */
  lead(term: number): void {
    this.expect(term);
    this.isLedAgain(term);
  }

  /** This replica leads no more in that term. */
  lose(term: number): void {
    this.lostTerm = term;
  }

  /** Somebody leads, or has led, in that term. */
  learn(term: number): void {
    this.expect(term);
    if (term > 0) this.markLed();
  }

  /** Whether it says something new: it is of no outdated leader, and was not heard before. */
  hears({ term, number }: Broadcast): boolean {
    if (term < this.latestTerm) return false;
    if (term === this.heard.term && number <= this.heard.number) return false;
    this.heard = { term, number };
    this.isLedAgain(term);
    this.sees();
    this.learn(term);
    return true;
  }

  /** Somebody leads now, or cannot be heard of. */
  sees(): void {
    this.ledAt = this.host.clock.now();
  }

  /** A store that was promoted without the latest election has the same term twice. */
  private isLedAgain(term: number): void {
    this.lostTerm = Math.min(this.lostTerm, term - 1);
  }

  /** Where nobody leads for longer than it takes to replace a leader. */
  get problem(): string | undefined {
    const isMissed = this.host.clock.now() - this.ledAt > this.replacedWithinMs;
    return isMissed ? 'nobody leads' : undefined;
  }

  /** Where nobody leads, nothing becomes due, and nobody else would say so. */
  complain(): void {
    const now = this.host.clock.now();
    const longest = 2 * this.leaseMs;
    if (now - this.ledAt <= longest || now - this.complainedAt < COMPLAIN_EACH_MS) return;
    this.complainedAt = now;
    this.host.logger.error(
      `Nobody has led for ${String(longest)} ms: nothing becomes due. ` +
        "Is a replica of the role 'all' or 'scheduler' there?",
    );
  }
}
