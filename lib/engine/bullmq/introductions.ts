/** How the leader hears which workers there are here. */
export class Introductions {
  private underWay = 0;

  /** @param tell tells it as it is now, if there is somebody to tell */
  constructor(private readonly tell: () => Promise<void>) {}

  async make(): Promise<void> {
    this.underWay++;
    try {
      await this.tell();
    } finally {
      this.underWay--;
    }
  }

  /** As it is asked for; one that is under way reaches whoever asks, too. What does not reach it is asked for again. */
  async makeAgain(): Promise<void> {
    if (this.underWay === 0) await this.make().catch(() => undefined);
  }
}
