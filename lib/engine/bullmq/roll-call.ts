import type { ReplicaView } from '../../core/view/fleet-view.js';
import type { Clock } from '../../execution/clock.js';
import type { StartReach } from '../engine.js';
import type { QueueEvents } from 'bullmq';
import type { Presence } from './messages.js';
import type { Store } from './store.js';

/** Beside the events of runs, which only the leader hears. */
const PRESENT = 'present';
const MOST_EVENTS = 10_000;
const LONGEST_LOOK_BACK_MS = 60 * 60_000;

/** Which replicas there are, as far as the leader has heard lately. */
export class RollCall {
  /** The skews of clocks, of which later ones that were lower stand for those before: rising, in order of time. */
  private lowestSkews: { readonly skewMs: number; readonly at: number }[] = [];
  private readonly latest = new Map<string, { readonly presence: Presence; readonly at: number }>();

  constructor(
    private readonly leader: string,
    private readonly clock: Clock,
    private readonly silentAfterMs: number,
  ) {}

  hear(presence: Presence): void {
    const at = this.clock.now();
    const { replica, clockSkewMs: skewMs } = presence;
    this.latest.set(replica, { presence, at });
    const isRecent = (each: { readonly at: number }): boolean =>
      at - each.at <= LONGEST_LOOK_BACK_MS;
    const lower = this.lowestSkews.filter((each) => each.skewMs < skewMs && isRecent(each));
    this.lowestSkews = [...lower, { skewMs, at }];
  }

  /** How far the clock of any replica was behind what the leader's is now, at any time since then. */
  mostBehindMs(withinMs: number): number {
    // Until it is heard of again, a replica's clock may be as it was.
    const since = this.clock.now() - withinMs - this.silentAfterMs;
    const own = this.latest.get(this.leader)?.presence.clockSkewMs;
    const lowest = this.lowestSkews.find(({ at }) => at >= since)?.skewMs;
    return own === undefined || lowest === undefined ? 0 : Math.max(0, own - lowest);
  }

  /** What has been started on any of them. */
  get reach(): StartReach | undefined {
    const reaches = this.present().map(({ presence }) => presence.reach);
    if (reaches.includes('everything')) return 'everything';
    return reaches.includes('triggers') ? 'triggers' : undefined;
  }

  /** Who executes the run. */
  executorOf(runId: string): string | undefined {
    return this.present().find(({ presence }) =>
      presence.running.some((run) => run.runId === runId),
    )?.presence.replica;
  }

  /** Who is there. */
  get replicas(): Set<string> {
    return new Set(this.present().map(({ presence }) => presence.replica));
  }

  /** @param storeTime of an instant of steady time */
  view(storeTime: (at: number) => number): ReplicaView[] {
    return this.present().map(({ presence, at }) => ({
      id: presence.replica,
      host: presence.host,
      pid: presence.pid,
      role: presence.role,
      isLeader: presence.replica === this.leader,
      clockSkewMs: presence.clockSkewMs,
      lastSeenAt: new Date(storeTime(at)),
      running: presence.running,
    }));
  }

  private present(): { readonly presence: Presence; readonly at: number }[] {
    const since = this.clock.now() - this.silentAfterMs;
    for (const [replica, { at }] of this.latest) if (at < since) this.latest.delete(replica);
    return [...this.latest.values()];
  }
}

export async function sendPresence(store: Store, presence: Presence): Promise<void> {
  const event = { eventName: PRESENT, presence: JSON.stringify(presence) };
  await store.producer('runs').publishEvent(event, MOST_EVENTS);
}

export function hearPresence(events: QueueEvents, hear: (presence: Presence) => void): void {
  (events.on as (type: string, listener: (event: { presence: string }) => void) => void).call(
    events,
    PRESENT,
    ({ presence }) => {
      hear(JSON.parse(presence) as Presence);
    },
  );
}
