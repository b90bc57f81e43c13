import { hostname } from 'node:os';
import { EngineUnavailableError } from '../../core/errors.js';
import type { Alarm, Alarms } from '../../execution/alarms.js';
import { failureLine, normaliseFailure } from '../../execution/normalise-failure.js';
import type { EngineHost, StartReach } from '../engine.js';
import { Answers } from './answers.js';
import { Asking } from './asking.js';
import type { BullMQSettings } from './bullmq-options.js';
import { within } from './deadline.js';
import type { Declaration, Declarations } from './declaration.js';
import type { Executor } from './executor.js';
import { KnownLeader } from './known-leader.js';
import { LeadingReplica } from './leader.js';
import { assertLeadership, Leadership, lookForLeader, restoreLeadership } from './leadership.js';
import type { Lease } from './lease.js';
import type { Broadcast, Message, Presence } from './messages.js';
import { openStore } from './open-store.js';
import { Outage } from './outage.js';
import { MOST_AHEAD, type Store } from './store.js';
import { StoreClock } from './store-clock.js';
import { sendPresence } from './roll-call.js';
import { listenToVoice } from './voice.js';

/** In leases; and what whoever takes over asks of the store takes its time. */
const REPLACED_WITHIN = 3;

/** What is there while the store can be reached. */
interface Connection {
  readonly store: Store;
  readonly answers: Answers;
  readonly asking: Asking;
}

/** What this process has in common with the others, from when it joins until it leaves. */
export class Replica {
  /** While this replica leads. */
  leading: LeadingReplica | undefined;
  readonly outage: Outage;
  private opening: Promise<void> | undefined;
  private connection: Connection | undefined;
  private connecting: Promise<Connection> | undefined;
  private leadership: Leadership | undefined;
  private reach: StartReach | undefined;
  private isWorking = false;
  private isClosed = false;
  private readonly storeClock: StoreClock;
  private watch: Alarm | undefined;
  /** Of what is declared here, and how much of it the leader has heard. */
  private revision = 0;
  private toldRevision = 0;
  /** Under way. */
  private introductions = 0;
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
    /** The workers of this application, declared at instants of steady time. */
    private readonly declared: ReadonlyMap<string, Declaration>,
  ) {
    this.outage = new Outage(host);
    const { leaseMs, patienceMs } = settings;
    this.known = new KnownLeader(host, leaseMs, REPLACED_WITHIN * leaseMs + patienceMs);
    this.storeClock = new StoreClock(host.clock, settings.patienceMs);
  }

  /** The latest that it knows of; 0 before the first. */
  get term(): number {
    return this.known.term;
  }

  /** What keeps it from having runs decided. */
  get problem(): string | undefined {
    if (this.connection === undefined) return this.outage.problem ?? 'it is not connected yet';
    return this.outage.problem ?? this.known.problem;
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
    if (this.connection !== undefined) this.work(this.connection.store);
    // What keeps it from telling is found out again and again.
    void this.tellPresence().catch(() => undefined);
    // It is no failure of this replica where there is no leader.
    await within(this.settings.patienceMs, 'waiting for a leader', this.known.led).catch(
      () => undefined,
    );
  }

  /** Tells the leader which workers there are here; what it does not hear is told again. */
  async introduce(): Promise<void> {
    this.introductions++;
    try {
      await this.introduceNow();
    } finally {
      this.introductions--;
    }
  }

  /** @throws EngineUnavailableError at once while the store cannot be reached */
  async asking(): Promise<Asking> {
    const { problem } = this.outage;
    if (problem !== undefined) throw new EngineUnavailableError(problem);
    return (await this.connect()).asking;
  }

  /** Hands over, and closes what it has opened; within a bound. */
  async close(): Promise<void> {
    this.isClosed = true;
    if (this.watch !== undefined) this.alarms.clear(this.watch);
    // First, so that it can still hear how its own runs have ended.
    await this.executor.close(this.settings.patienceMs / 4);
    await this.leadership?.step();
    await this.connection?.store.close();
    this.connection?.answers.stop();
  }

  private introduceAgain(): void {
    // The one that is under way tells the next leader, too.
    if (this.introductions === 0) void this.introduce().catch(() => undefined);
  }

  private async introduceNow(): Promise<void> {
    const revision = ++this.revision;
    const declarations = this.declarations();
    if (this.leading !== undefined) {
      await this.leading.reign.workforceChanges.introduce(this.id, declarations);
    } else if (this.connection === undefined || this.term === 0) return;
    else {
      const command = { type: 'introduce', replica: this.id, declarations } as const;
      await (await this.asking()).order(command);
    }
    this.toldRevision = Math.max(this.toldRevision, revision);
  }

  private connect(): Promise<Connection> {
    this.connecting ??= this.connectNow().catch((error: unknown) => {
      this.connecting = undefined;
      throw new EngineUnavailableError(failureLine(normaliseFailure(error)), error);
    });
    return this.connecting;
  }

  private async connectNow(): Promise<Connection> {
    const { leaseMs, patienceMs } = this.settings;
    this.assertOpen();
    const opening = openStore(
      this.settings,
      (error) => {
        this.outage.mention(error);
      },
      () => this.storeClock.now(),
      (problem) => {
        this.host.logger.warn(problem);
      },
    );
    const store = await within(patienceMs, 'connecting to the store', opening).catch(
      (error: unknown) => {
        // What opens later is of no use to anybody.
        void opening.then((late) => late.close()).catch(() => undefined);
        throw error;
      },
    );
    try {
      await this.storeClock.ask(store);
      this.assertFit(store);
      await listenToVoice(store, patienceMs, (broadcast) => {
        this.hear(broadcast);
      });
      this.assertOpen();
    } catch (error) {
      await store.close();
      throw error;
    }
    const answers = new Answers(store.queue('commands'), patienceMs, this.alarms, this.host.clock);
    const asking = new Asking(
      store,
      answers,
      () => (this.leading?.reign.leads === true ? this.leading : undefined),
      patienceMs,
      2 * leaseMs + patienceMs,
      () => this.storeClock.now(),
    );
    this.connection = { store, answers, asking };
    return this.connection;
  }

  private assertOpen(): void {
    if (this.isClosed) throw new Error('this replica has stopped');
  }

  /** Again and again: looks who leads, whether it may lead and work itself, and shows that it is there. */
  private async takePart(): Promise<void> {
    try {
      const { store } = await this.connect();
      await this.look(store);
      await this.storeClock.askNowAndThen(store);
      if (this.isClosed) return;
      if (this.isFit(store)) {
        this.stand(store);
        this.work(store);
      }
      await this.tellPresence();
      this.lookAfterLeader();
      if (this.toldRevision < this.revision) this.introduceAgain();
      this.outage.end();
    } catch (error) {
      if (!this.isClosed) this.outage.begin(error);
      // It may be another, with another clock.
      this.storeClock.doubt();
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
    if (found !== undefined && found.term >= knownTerm) {
      this.known.learn(found.term);
      this.leadership?.giveWay(found.term);
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
      Math.round(this.storeClock.now()),
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

  private isFit(store: Store): boolean {
    return !store.trustsClocks || this.storeClock.skewMs <= this.settings.leaseMs * MOST_AHEAD;
  }

  private stand(store: Store): void {
    const { role = 'all' } = this.host.settings;
    if (this.leadership !== undefined || role === 'executor' || role === 'client') return;
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
        this.host.onEvent({ type: 'leader.lost', at: new Date(), replica: this.id, term, why });
      },
    );
    this.leadership.stand();
  }

  private lead(store: Store, term: number, lease: Lease): LeadingReplica {
    const { host, alarms, id: replica } = this;
    this.known.expect(term);
    return new LeadingReplica(
      {
        ...{ host, store, alarms, term, replica, ...this.settings },
        isHeld: () => lease.isHeld,
        wallOffset: () => this.storeClock.offset,
        hasFollowed: this.known.hasBeenHeard || this.hasScheduled,
        hearOwn: (message) => {
          this.obey(message, this.id);
        },
      },
      lease,
      () => this.declarations(),
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
    const { role = 'all', maxConcurrentWorkers } = this.host.settings;
    if (this.reach === undefined || role === 'scheduler' || role === 'client') return;
    if (this.isWorking || this.executor.isResting) return;
    this.isWorking = true;
    this.executor.work(store, this.id, maxConcurrentWorkers, (jobId, report) => {
      this.leading?.reign.attempts.reports.hear(jobId, report);
    });
  }

  private assertFit(store: Store): void {
    if (this.isFit(store)) return;
    throw new Error(
      `this machine's clock is ${String(this.storeClock.skewMs)} ms ahead of the store's, more than a quarter of the ` +
        'lease: set it right, or this replica would find the locks of others expired',
    );
  }

  private declarations(): Declarations {
    return Object.fromEntries(
      [...this.declared].map(([name, { text, at }]) => [
        name,
        { text, at: at + this.storeClock.offset },
      ]),
    );
  }

  private presence(): Presence {
    return {
      replica: this.id,
      host: hostname(),
      pid: process.pid,
      role: this.host.settings.role ?? 'all',
      reach: this.reach ?? null,
      clockSkewMs: this.storeClock.skewMs,
      running: this.executor.house.all().map(({ runId, worker }) => ({ runId, worker })),
    };
  }

  private async tellPresence(): Promise<void> {
    if (this.connection === undefined) return;
    const presence = this.presence();
    this.leading?.rollCall.hear(presence);
    await within(
      this.settings.patienceMs,
      'showing that it is there',
      sendPresence(this.connection.store, presence),
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
        if (message.replica === this.id) this.introduceAgain();
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
        this.connection?.answers.hear(message);
    }
  }
}
