import type { Alarm, Alarms } from '../../execution/alarms.js';
import type { Clock } from '../../execution/clock.js';
import { within } from './deadline.js';

/** A lease is acted upon no longer than this part of it: clocks run unevenly, and calls take their time. */
export const USABLE = 0.75;

/**
 * A lock in the store, of a leader or of an attempt: held as long as the last successful renewal *began* not too long
 * ago, by the steady clock of this process. So a process that was suspended knows, when it goes on, that it holds it no
 * more.
 */
export class Lease {
  private heldUntil = -Infinity;
  private alarm: Alarm | undefined;
  private isOver = false;

  constructor(
    private readonly durationMs: number,
    /** Whether the store still grants it. */
    private readonly extend: () => Promise<boolean>,
    private readonly alarms: Alarms,
    private readonly clock: Clock,
    private readonly onLost: (why: string) => void,
  ) {}

  get isHeld(): boolean {
    return !this.isOver && this.clock.now() < this.heldUntil;
  }

  /** Renews it, now and again and again, until it is lost or given up. */
  async keep(): Promise<void> {
    await this.renew();
    this.keepLater();
  }

  /** Like {@link keep}, where the store has just granted it. */
  hold(since: number): void {
    this.heldUntil = since + this.durationMs * USABLE;
    this.keepLater();
  }

  giveUp(): void {
    this.isOver = true;
    if (this.alarm !== undefined) this.alarms.clear(this.alarm);
  }

  /** One that fails is tried again as long as the lease is held. */
  async renew(): Promise<void> {
    const beganAt = this.clock.now();
    try {
      const isGranted = await within(
        Math.ceil(this.durationMs / 3),
        'the renewal of the lease',
        this.extend(),
      );
      if (!isGranted) this.lose('another replica has taken it');
      else this.heldUntil = beganAt + this.durationMs * USABLE;
    } catch {
      // The store has not said no.
    }
  }

  private keepLater(): void {
    if (this.isOver) return;
    const at = Math.min(this.clock.now() + this.durationMs / 3, this.heldUntil);
    this.alarm = this.alarms.set(Math.ceil(at), () => {
      if (this.isHeld) void this.keep();
      else this.lose('it could not be renewed in time');
    });
  }

  private lose(why: string): void {
    if (this.isOver) return;
    this.giveUp();
    this.onLost(why);
  }
}
