/** How the leader hears which workers there are here. What it has not heard is told again. */
export class Introductions {
  /** Of what is declared here, and how much of it the leader has heard. */
  private revision = 0;
  private toldRevision = 0;
  private underWay = 0;

  /** @param tell tells it as it is now; `false` where there is nobody to tell */
  constructor(private readonly tell: () => Promise<boolean>) {}

  get isComplete(): boolean {
    return this.toldRevision === this.revision;
  }

  async make(): Promise<void> {
    const revision = ++this.revision;
    this.underWay++;
    try {
      if (await this.tell()) this.toldRevision = Math.max(this.toldRevision, revision);
    } finally {
      this.underWay--;
    }
  }

  /** One that is under way reaches whoever leads now, too. What keeps it from that is found out again and again. */
  async makeAgain(): Promise<void> {
    if (this.underWay === 0) await this.make().catch(() => undefined);
  }
}
