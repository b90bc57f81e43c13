import type { Job } from 'bullmq';
import type { StartReach } from '../engine.js';
import { CommandDesk } from './command-desk.js';
import type { Introduction } from './declaration.js';
import { within } from './deadline.js';
import { readLegacy } from './legacy.js';
import type { OldAttempt } from './old-attempt.js';
import type { Lease } from './lease.js';
import type { Leader } from './leadership.js';
import { RollCall } from './roll-call.js';
import { withdrawAttempt } from './withdrawal.js';
import type { ReignSurroundings } from './reign-surroundings.js';
import { Reign } from './reign.js';

/** Takes over, then decides and answers, until it leaves. */
export class LeadingReplica implements Leader {
  readonly reign: Reign;
  readonly rollCall: RollCall;
  private currentDesk: CommandDesk | undefined;
  private hasLeft = false;

  constructor(
    private readonly around: Omit<ReignSurroundings, 'mostBehindMs'>,
    private readonly lease: Lease,
    private readonly introduction: () => Introduction,
    /** What has been started here; nothing yet where it is `undefined`. */
    private readonly reach: () => StartReach | undefined,
    private readonly onLeading: (leader: LeadingReplica) => void,
  ) {
    const { replica, host, leaseMs } = around;
    this.reign = new Reign({
      ...around,
      mostBehindMs: (withinMs) => this.rollCall.mostBehindMs(withinMs),
    });
    this.rollCall = new RollCall(replica, host.clock, 1.5 * leaseMs);
  }

  /** Answers commands; from the moment on that it decides. */
  get desk(): CommandDesk {
    if (this.currentDesk === undefined) throw new Error('It does not lead yet.');
    return this.currentDesk;
  }

  async lead(): Promise<void> {
    const { store, leaseMs, patienceMs } = this.around;
    const legacy = await readLegacy(store, patienceMs);
    await this.reign.inherit(legacy, this.introduction(), this.reach(), (attempt) =>
      this.withdraw(attempt),
    );
    await this.reign.remember();
    // What a later leader reads must not be removed by an outdated one.
    if (!(await this.stillLeads())) return;
    await within(patienceMs, 'forgetting', remove(legacy.outdated));
    // Nothing was decided until here.
    if (!(await this.stillLeads())) return;
    // Of what goes on, only an earlier attempt may have ended.
    const { accepted } = this.reign;
    const ended = new Map([...legacy.answers].filter(([runId]) => !accepted.has(runId)));
    this.currentDesk = new CommandDesk(this.reign, this.rollCall, store, leaseMs, ended);
    this.reign.attempts.reports.hearPresence((presence) => {
      this.rollCall.hear(presence);
      if (this.hasLeft || !this.lease.isHeld) return;
      const { reach, replicas } = this.rollCall;
      if (reach !== undefined) this.reign.start(reach);
      this.reign.workforceChanges.review(replicas);
      this.reign.meet(presence);
    });
    this.reign.begin();
    this.currentDesk.open();
    this.onLeading(this);
  }

  async leave(): Promise<void> {
    const { patienceMs } = this.around;
    this.hasLeft = true;
    const stopped = this.reign.stop().catch(() => undefined);
    const leaving = async (): Promise<void> => {
      if (this.lease.isHeld && this.currentDesk !== undefined) await this.reign.remember();
    };
    await within(patienceMs / 4, 'remembering', leaving()).catch(() => undefined);
    await this.currentDesk?.close(patienceMs / 4);
    await within(patienceMs / 4, 'hearing no more', stopped).catch(() => undefined);
  }

  private async stillLeads(): Promise<boolean> {
    await this.lease.renew();
    return !this.hasLeft && this.lease.isHeld;
  }

  /** @throws where it is not its turn any more: the next leader takes over what waits */
  private async withdraw({ job }: OldAttempt): Promise<boolean> {
    const { store, patienceMs } = this.around;
    if (this.hasLeft || !this.lease.isHeld) throw new Error('its lease ended while it took over');
    return withdrawAttempt(store.queue('runs'), job.id ?? '', patienceMs);
  }
}

/** Whoever leads next removes what is left. */
async function remove(jobs: readonly Job[]): Promise<void> {
  await Promise.all(jobs.map((job) => job.remove().catch(() => undefined)));
}
