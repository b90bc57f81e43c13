import type { Alarm, Alarms } from '../../execution/alarms.js';
import type { Clock } from '../../execution/clock.js';

/** The wall clock may be set, or the machine may have slept: calendar instants are looked at again after this. */
const LONGEST_BLIND_WAIT_MS = 60_000;

/** The one alarm at which the scheduler wants to be ticked again. */
export class WakeUp {
  private alarm: Alarm | undefined;
  private isNext = false;

  constructor(
    private readonly alarms: Alarms,
    private readonly clock: Clock,
    /** 0: exact; otherwise wake-ups fall on multiples of this. */
    private readonly gridMs: number,
    private readonly wake: () => void,
  ) {}

  /** The instant it is set for. */
  get at(): number | undefined {
    return this.alarm?.at;
  }

  set(wanted: number | undefined, now: number, followsWallClock: boolean): void {
    if (wanted !== undefined && wanted <= now) this.wakeNext();
    else this.arm(wanted, now, followsWallClock);
  }

  /** In the next turn of the event loop, whatever the grid. */
  private wakeNext(): void {
    if (this.isNext) return;
    this.isNext = true;
    this.clock.defer(() => {
      this.isNext = false;
      this.wake();
    });
  }

  private arm(wanted: number | undefined, now: number, followsWallClock: boolean): void {
    const at = this.instantFor(wanted, now, followsWallClock);
    if (at === this.alarm?.at) return;
    if (this.alarm !== undefined) this.alarms.clear(this.alarm);
    this.alarm =
      at === undefined
        ? undefined
        : this.alarms.set(at, () => {
            this.alarm = undefined;
            this.wake();
          });
  }

  private instantFor(
    wanted: number | undefined,
    now: number,
    followsWallClock: boolean,
  ): number | undefined {
    if (wanted === undefined) return undefined;
    const onGrid = this.gridMs === 0 ? wanted : Math.ceil(wanted / this.gridMs) * this.gridMs;
    if (!followsWallClock || onGrid <= now + LONGEST_BLIND_WAIT_MS) return onGrid;
    return this.alarm !== undefined && this.alarm.at <= now + LONGEST_BLIND_WAIT_MS
      ? this.alarm.at
      : now + LONGEST_BLIND_WAIT_MS;
  }
}
