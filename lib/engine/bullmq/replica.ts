import { hostname } from 'node:os';
import { EngineUnavailableError } from '../../core/errors.js';
import type { Alarm, Alarms } from '../../execution/alarms.js';
import type { EngineHost, StartReach } from '../engine.js';
import type { Asking } from './asking.js';
import type { BullMQSettings } from './bullmq-options.js';
import { Connector } from './connector.js';
import { within } from './deadline.js';
import type { DeclaredWorkers, Introduction } from './declaration.js';
import type { Executor } from './executor.js';
import { Introductions } from './introductions.js';
import { KnownLeader } from './known-leader.js';
import { LeadingReplica } from './leader.js';
import { assertLeadership, Leadership, lookForLeader, restoreLeadership } from './leadership.js';
import type { Lease } from './lease.js';
import type { Broadcast, Message, Presence } from './messages.js';
import { Outage } from './outage.js';
import { mayExecute, mayLead } from './replica-role.js';
import { MOST_AHEAD, type Store } from './store.js';
import { sendPresence } from './roll-call.js';

/** In leases; and what whoever takes over asks of the store takes its time. */
const REPLACED_WITHIN = 3;

/** What this process has in common with the others, from when it joins until it leaves. */
export class Replica {
  /** While this replica leads. */
  leading: LeadingReplica | undefined;
  readonly outage: Outage;
  private opening: Promise<void> | undefined;
  private readonly connector: Connector;
  private readonly introductions = new Introductions(() => this.introduceNow());
  private leadership: Leadership | undefined;
  private reach: StartReach | undefined;
  private isWorking = false;
  private isClosed = false;
  private watch: Alarm | undefined;
  private readonly known: KnownLeader;
  private saidAt = -Infinity;
  /** As a leader, before: what runs once when the fleet starts has run. */
  private hasScheduled = false;

  constructor(
    private readonly id: string,
    private readonly host: EngineHost,
    private readonly settings: BullMQSettings,
    private readonly alarms: Alarms,
    private readonly executor: Executor,
    private readonly declared: DeclaredWorkers,
  ) {
    this.outage = new Outage(host);
    const { leaseMs, patienceMs } = settings;
    this.known = new KnownLeader(host, leaseMs, REPLACED_WITHIN * leaseMs + patienceMs);
    this.connector = new Connector(
      host,
      settings,
      alarms,
      this.outage,
      (broadcast) => {
        this.hear(broadcast);
      },
      () => (this.leading?.reign.leads === true ? this.leading : undefined),
    );
  }

  /** The latest that it knows of; 0 before the first. */
  get term(): number {
    return this.known.term;
  }

  /** What was granted in an earlier one must not begin here. */
  get currentTerm(): number {
    return this.known.currentTerm;
  }

  /** What keeps it from having runs decided. */
  get problem(): string | undefined {
    const isConnected = this.connector.connection !== undefined;
    return this.outage.problem ?? (isConnected ? this.known.problem : 'it is not connected yet');
  }

  /** Joins the others as soon as the store can be reached. */
  open(): Promise<void> {
    this.opening ??= this.takePart().finally(() => {
      this.takePartAgain();
    });
    return this.opening;
  }

  /** Executes runs, and has them decided, from now on. */
  async start(reach: StartReach): Promise<void> {
    this.reach = reach;
    this.leading?.reign.start(reach);
    if (this.connector.connection !== undefined) this.work(this.connector.connection.store);
    // What keeps it from telling is found out again and again.
    void this.tellPresence().catch(() => undefined);
    // It is no failure of this replica where there is no leader.
    await within(this.settings.patienceMs, 'waiting for a leader', this.known.led).catch(
      () => undefined,
    );
  }

  /** Tells the leader which workers there are here; what it does not hear it asks for. */
  introduce(): Promise<void> {
    return this.introductions.make();
  }

  /** @throws EngineUnavailableError at once while the store cannot be reached */
  async asking(): Promise<Asking> {
    const { problem } = this.outage;
    if (problem !== undefined) throw new EngineUnavailableError(problem);
    return (await this.connector.connect()).asking;
  }

  /** Hands over, and closes what it has opened; within a bound. */
  async close(): Promise<void> {
    this.isClosed = true;
    this.connector.stop();
    if (this.watch !== undefined) this.alarms.clear(this.watch);
    // First, so that it can still hear how its own runs have ended.
    await this.executor.close(this.settings.patienceMs / 4);
    await this.leadership?.step();
    await this.connector.close();
  }

  private async introduceNow(): Promise<void> {
    if (this.leading !== undefined) {
      await this.leading.reign.workforceChanges.introduce(this.introduction());
    } else if (this.connector.connection !== undefined && this.term > 0) {
      await (await this.asking()).order({ type: 'introduce', ...this.introduction() });
    }
  }

  /** Again and again: looks who leads, whether it may lead and work itself, and shows that it is there. */
  private async takePart(): Promise<void> {
    try {
      const { store } = await this.connector.connect();
      await this.look(store);
      await this.connector.clock.askNowAndThen(store);
      if (this.isClosed) return;
      if (this.connector.isFit(store)) {
        this.stand(store);
        this.work(store);
      }
      await this.tellPresence();
      this.lookAfterLeader();
      this.outage.end();
    } catch (error) {
      if (!this.isClosed) this.outage.begin(error);
      // It may be another, with another clock.
      this.connector.clock.doubt();
      // Nobody can be heard of meanwhile.
      this.known.sees();
    }
  }

  private takePartAgain(): void {
    if (this.isClosed) return;
    const at = this.host.clock.now() + Math.ceil(this.settings.leaseMs / 3);
    this.watch = this.alarms.set(at, () => {
      void this.takePart().finally(() => {
        this.takePartAgain();
      });
    });
  }

  private async look(store: Store): Promise<void> {
    const { patienceMs, leaseMs } = this.settings;
    // A later one may be heard of meanwhile, which the store had not seen yet when it was asked.
    const knownTerm = this.term;
    const found = await within(patienceMs, 'looking for the leader', lookForLeader(store));
    if (found !== undefined && found >= knownTerm) {
      this.known.learn(found);
      this.leadership?.giveWay(found);
      return;
    }
    if (knownTerm === 0) {
      await within(patienceMs, 'standing for leader', assertLeadership(store));
      return;
    }
    this.host.logger.error(
      'The store was emptied: what it remembered of workers, and the runs that waited, are lost. ' +
        'Schedules go on.',
    );
    const restored = restoreLeadership(
      store,
      this.term,
      Math.round(this.connector.clock.now()),
      Math.ceil(leaseMs * (1 + MOST_AHEAD)),
    );
    await within(patienceMs, 'standing for leader', restored);
  }

  private lookAfterLeader(): void {
    if (this.leading === undefined) {
      this.known.complain();
      return;
    }
    const now = this.host.clock.now();
    this.known.sees();
    if (now - this.saidAt < this.settings.leaseMs) return;
    this.saidAt = now;
    this.leading.reign.say({ type: 'still-leads' });
  }

  private stand(store: Store): void {
    if (this.leadership !== undefined || !mayLead(this.host.settings.role)) return;
    const { leaseMs, patienceMs } = this.settings;
    this.leadership = new Leadership(
      store,
      this.id,
      leaseMs,
      patienceMs,
      this.alarms,
      this.host.clock,
      (term, lease) => this.lead(store, term, lease),
      (why, term) => {
        this.hasScheduled ||= this.leading !== undefined && this.reach !== undefined;
        this.leading = undefined;
        this.known.lose(term);
        this.host.onEvent({ type: 'leader.lost', at: new Date(), replica: this.id, term, why });
      },
    );
    this.leadership.stand();
  }

  private lead(store: Store, term: number, lease: Lease): LeadingReplica {
    const { host, alarms, id: replica } = this;
    this.known.lead(term);
    return new LeadingReplica(
      {
        ...{ host, store, alarms, term, replica, ...this.settings },
        isHeld: () => lease.isHeld,
        wallOffset: () => this.connector.clock.offset,
        hasFollowed: this.known.hasBeenHeard || this.hasScheduled,
        hearOwn: (message) => {
          this.obey(message, this.id);
        },
      },
      lease,
      () => this.introduction(),
      () => this.reach,
      (leader) => {
        this.leading = leader;
        leader.rollCall.hear(this.presence());
        if (this.reach !== undefined) leader.reign.start(this.reach);
        this.known.learn(term);
        this.known.sees();
      },
    );
  }

  private work(store: Store): void {
    const { role, maxConcurrentWorkers } = this.host.settings;
    if (this.reach === undefined || !mayExecute(role)) return;
    if (this.isWorking || this.executor.isResting) return;
    this.isWorking = true;
    this.executor.work(store, this.id, maxConcurrentWorkers, (jobId, report) => {
      this.leading?.reign.attempts.reports.hear(jobId, report);
    });
  }

  private introduction(): Introduction {
    return this.declared.introduce(this.id, this.connector.clock.offset);
  }

  private presence(): Presence {
    return {
      replica: this.id,
      host: hostname(),
      pid: process.pid,
      role: this.host.settings.role ?? 'all',
      revision: this.declared.revision,
      reach: this.reach ?? null,
      clockSkewMs: this.connector.clock.skewMs,
      running: this.executor.house.all().map(({ runId, worker }) => ({ runId, worker })),
    };
  }

  private async tellPresence(): Promise<void> {
    if (this.connector.connection === undefined) return;
    const presence = this.presence();
    this.leading?.rollCall.hear(presence);
    await within(
      this.settings.patienceMs,
      'showing that it is there',
      sendPresence(this.connector.connection.store, presence),
    );
  }

  private hear(broadcast: Broadcast): void {
    // What it says itself it has obeyed at once.
    if (broadcast.replica === this.id || !this.known.hears(broadcast)) return;
    for (const message of broadcast.messages) this.obey(message, broadcast.replica);
  }

  private obey(message: Message, leader: string): void {
    switch (message.type) {
      case 'leads': {
        const at = new Date();
        this.host.onEvent(
          { type: 'leader.elected', at, replica: leader, term: this.term },
          leader !== this.id,
        );
        if (leader !== this.id) void this.tellPresence().catch(() => undefined);
        return;
      }
      case 'still-leads':
        return;
      case 'introduce':
        if (message.replica === this.id) void this.introductions.makeAgain();
        return;
      case 'told':
        this.host.onEvent(message.event, leader !== this.id);
        return;
      case 'abort':
        this.executor.abort(message.jobId, message.why);
        return;
      case 'abandon':
        this.executor.abandon(message.runId);
        return;
      default:
        this.connector.connection?.answers.hear(message);
    }
  }
}
