import { SystemClock } from '../../../lib/execution/system-clock.js';

/** The wall clock of a machine that somebody sets, or that is wrong; its steady time goes on. */
export class ClockThatIsSet extends SystemClock {
  constructor(public aheadMs = 0) {
    super();
  }

  override wallOffset(now?: number): number {
    return super.wallOffset(now) + this.aheadMs;
  }
}
