/** Fake timers replace that of `process`, not this. */
const { hrtime } = process;

/** A turn of the event loop that takes longer is a breakpoint, or work that blocks it: neither is waiting. */
const LONGEST_TURN_MS = 50;

/** Real time that is spent on waiting, turn by turn. */
export class Patience {
  private spentMs = 0;
  private before = hrtime.bigint();

  constructor(private readonly mostMs: number) {}

  get isSpent(): boolean {
    return this.spentMs > this.mostMs;
  }

  /** Another turn was waited for. */
  spend(): void {
    const now = hrtime.bigint();
    this.spentMs += Math.min(Number(now - this.before) / 1e6, LONGEST_TURN_MS);
    this.before = now;
  }

  renew(): void {
    this.spentMs = 0;
    this.before = hrtime.bigint();
  }
}
