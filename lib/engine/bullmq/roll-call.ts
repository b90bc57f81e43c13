import type { ReplicaView } from '../../core/view/fleet-view.js';
import type { Clock } from '../../execution/clock.js';
import type { StartReach } from '../engine.js';
import type { QueueEvents } from 'bullmq';
import type { Presence } from './messages.js';
import type { Store } from './store.js';

/** Beside the events of runs, which only the leader hears. */
const PRESENT = 'present';
const MOST_EVENTS = 10_000;

/** Which replicas there are, as far as the leader has heard lately. */
export class RollCall {
  /** How far the clock of any replica was behind the leader's, since it leads. */
  mostBehindMs = 0;
  private readonly latest = new Map<string, { readonly presence: Presence; readonly at: number }>();

  constructor(
    private readonly leader: string,
    private readonly clock: Clock,
    private readonly silentAfterMs: number,
  ) {}

  hear(presence: Presence): void {
    this.latest.set(presence.replica, { presence, at: this.clock.now() });
    const leader = this.latest.get(this.leader)?.presence ?? presence;
    this.mostBehindMs = Math.max(this.mostBehindMs, leader.clockSkewMs - presence.clockSkewMs);
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

  view(): ReplicaView[] {
    return this.present().map(({ presence, at }) => ({
      id: presence.replica,
      host: presence.host,
      pid: presence.pid,
      role: presence.role,
      isLeader: presence.replica === this.leader,
      clockSkewMs: presence.clockSkewMs,
      lastSeenAt: new Date(at + this.clock.wallOffset()),
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
