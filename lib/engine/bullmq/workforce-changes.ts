import type { WorkerDefinition } from '../../core/definition/worker-definition.js';
import type { WorkerOptions } from '../../core/definition/worker-options.js';
import type { Clock } from '../../execution/clock.js';
import type { Introduction } from './declaration.js';
import type { Workforce } from './workforce.js';

interface Decisions {
  /** @throws EngineUnavailableError where nothing is decided here any more */
  act(command: (now: number) => void): void;
  /** Everything decided until now outlives this replica. */
  remember(): Promise<void>;
}

/**
 * What replicas tell of their workers, and that they are gone. It is written, and only then followed, before more is heard:
 * the next leader knows of each worker before anything of it is granted.
 */
export class WorkforceChanges {
  /** To be made together, once the latest is. */
  private readonly waiting: (() => void)[] = [];
  private latest: Promise<unknown> = Promise.resolve();
  private underWay = 0;
  /** Until a while after that, some of the replicas that are there may not have told of themselves. */
  private hearsSince = Infinity;
  private reviewedAt = Infinity;

  constructor(
    private readonly workforce: Workforce,
    private readonly decisions: Decisions,
    private readonly clock: Clock,
    private readonly leader: string,
    private readonly leaseMs: number,
  ) {}

  begin(): void {
    this.hearsSince = this.clock.now();
    this.reviewedAt = this.hearsSince;
  }

  introduce(introduction: Introduction): Promise<void> {
    return this.change(() => {
      this.workforce.change((roster) => roster.introduce(introduction));
    });
  }

  update(definition: WorkerDefinition, updates: WorkerOptions): Promise<void> {
    return this.change(() => {
      this.workforce.change((roster) => roster.update(definition, updates));
    });
  }

  /** Called whenever a replica is heard of. @param present those that were, lately */
  review(present: ReadonlySet<string>): void {
    const now = this.clock.now();
    this.followWhatIsLeft();
    // It has heard nobody, not even itself: others may have spoken meanwhile.
    if (now - this.reviewedAt > this.leaseMs) this.hearsSince = now;
    this.reviewedAt = now;
    if (now - this.hearsSince < 2 * this.leaseMs) return;
    const there = new Set([...present, this.leader]);
    // What the former leader went by stands for those.
    if ([...there].some((replica) => !this.workforce.roster.knows(replica))) return;
    if (this.underWay > 0) return;
    this.workforce.change((roster) => roster.retain(there));
    this.followWhatIsLeft();
  }

  /** Of whom is gone, or what could not be written. */
  private followWhatIsLeft(): void {
    if (this.underWay > 0 || !this.workforce.isBehind) return;
    void this.change(() => undefined).catch(() => undefined);
  }

  private change(command: () => void): Promise<void> {
    this.underWay++;
    this.waiting.push(command);
    const made = this.latest.then(() => this.makeThoseThatWait());
    const drop = (): void => {
      const at = this.waiting.indexOf(command);
      if (at >= 0) this.waiting.splice(at, 1);
    };
    this.latest = made.catch(drop).finally(() => this.underWay--);
    return made;
  }

  private async makeThoseThatWait(): Promise<void> {
    // They may have been made together with the one before.
    if (this.waiting.length === 0 && !this.workforce.isBehind) return;
    this.decisions.act(() => {
      for (const command of this.waiting.splice(0)) command();
    });
    await this.decisions.remember();
    this.decisions.act((now) => {
      this.workforce.follow(now);
    });
    await this.decisions.remember();
  }
}
