const PERIOD_MS = 100;

/**
 * Watches how late the event loop comes to a timer. Each stall is told once, however many read the metrics and whenever;
 * a maximum that is reset by whoever reads it would hide it from the others.
 */
export class EventLoopLateness {
  private readonly timer: NodeJS.Timeout;
  private firedAt: number;

  constructor(
    private readonly observe: (seconds: number) => void,
    private readonly now = (): number => performance.now(),
  ) {
    this.firedAt = now();
    this.timer = setInterval(() => {
      this.fire();
    }, PERIOD_MS);
    this.timer.unref();
  }

  close(): void {
    clearInterval(this.timer);
  }

  private fire(): void {
    const now = this.now();
    this.observe(Math.max(0, now - this.firedAt - PERIOD_MS) / 1_000);
    this.firedAt = now;
  }
}
