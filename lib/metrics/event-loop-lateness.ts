import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 20;

/** How late the event loop comes to a timer that fires all the time; it keeps no process alive. */
export class EventLoopLateness {
  private readonly monitor = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  constructor() {
    this.monitor.enable();
  }

  /** The longest since it was last asked. */
  takeSeconds(): number {
    // It counts from one firing to the next, in nanoseconds.
    const lateMs = this.monitor.max / 1e6 - RESOLUTION_MS;
    this.monitor.reset();
    return Math.max(0, lateMs) / 1_000;
  }

  close(): void {
    this.monitor.disable();
  }
}
