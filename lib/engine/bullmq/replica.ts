import { randomBytes } from 'node:crypto';
import type { WorkerDefinition } from '../../core/definition/worker-definition.js';
import { EngineUnavailableError } from '../../core/errors.js';
import type { TriggerRequest } from '../../core/life-cycle/trigger-run.js';
import type { Alarm, Alarms } from '../../execution/alarms.js';
import { failureLine, normaliseFailure } from '../../execution/normalise-failure.js';
import type { EngineHost, StartReach } from '../engine.js';
import { Answers } from './answers.js';
import type { BullMQSettings } from './bullmq-options.js';
import { within } from './deadline.js';
import type { Executor } from './executor.js';
import { LeadingReplica } from './leader.js';
import { assertLeadership, Leadership, lookForLeader } from './leadership.js';
import type { Broadcast, Command, Message, TriggerCommand } from './messages.js';
import { openStore } from './open-store.js';
import type { Store } from './store.js';
import { listenToVoice } from './voice.js';

const RECONNECT_AFTER_MS = 1_000;

/** What this process has in common with the others, from when it joins until it leaves. */
export class Replica {
  term = 0;
  /** While this replica leads. */
  leading: LeadingReplica | undefined;
  private store: Store | undefined;
  private answers: Answers | undefined;
  private leadership: Leadership | undefined;
  private opening: Promise<void> | undefined;
  private reach: StartReach | undefined;
  private markLed: () => void = () => undefined;
  /** Resolves once somebody is known to lead, or to have led. */
  private readonly led = new Promise<void>((resolve) => {
    this.markLed = resolve;
  });
  private isWorking = false;
  private isClosed = false;
  private skewMs = 0;
  private watch: Alarm | undefined;

  constructor(
    private readonly id: string,
    private readonly host: EngineHost,
    private readonly settings: BullMQSettings,
    private readonly alarms: Alarms,
    private readonly executor: Executor,
    private readonly definitions: () => readonly WorkerDefinition[],
  ) {}

  /** Never rejects: where the store cannot be reached, it goes on trying. */
  async open(): Promise<void> {
    try {
      await this.connect();
    } catch (error) {
      this.complain('The store cannot be reached', error);
      const { clock } = this.host;
      if (this.isClosed) return;
      this.watch = this.alarms.set(clock.now() + RECONNECT_AFTER_MS, () => void this.open());
    }
  }

  /** Executes runs, and has them decided, from now on. */
  async start(reach: StartReach): Promise<void> {
    this.reach = reach;
    this.leading?.reign.start(reach);
    this.work();
    // It is no failure of this replica where there is no leader.
    await within(this.settings.patienceMs, 'waiting for a leader', this.led).catch(() => undefined);
  }

  async trigger(worker: string, request: TriggerRequest): Promise<string> {
    await this.connect();
    const id = randomBytes(8).toString('hex');
    const command: TriggerCommand = { type: 'trigger', worker, request };
    const { leading } = this;
    if (leading !== undefined) {
      const { runId } = leading.desk.trigger(id, command);
      if (runId === id) await this.send(id, command);
      return runId;
    }
    const accepted = this.known.answers.accepted(id);
    await this.send(id, command);
    return within(this.answerWithinMs, `the trigger of worker "${worker}"`, accepted);
  }

  async order(command: Command): Promise<unknown> {
    await this.connect();
    if (this.leading !== undefined) return this.leading.desk.obey(command, '');
    const id = randomBytes(8).toString('hex');
    const answer = this.known.answers.answer(id);
    await this.send(id, command);
    return within(this.answerWithinMs, `the answer to "${command.type}"`, answer);
  }

  /** How a triggered run has ended. */
  ended(runId: string, waiter: string | undefined): Promise<unknown> {
    const { answers } = this.known;
    const ended = answers.answer(runId);
    void answers.lookUp(runId);
    if (waiter === undefined) return ended;
    const inVain = this.order({ type: 'await', waiter, awaited: runId }).then(() => ended);
    inVain.catch(() => undefined);
    return Promise.race([ended, inVain]);
  }

  /** Hands over, and closes what it has opened; within a bound. */
  async close(): Promise<void> {
    this.isClosed = true;
    if (this.watch !== undefined) this.alarms.clear(this.watch);
    // First, so that it can still hear how its own runs have ended.
    const mostMs = this.settings.patienceMs / 4;
    await this.executor.close(mostMs);
    await this.leadership?.step();
    await this.store?.close();
    this.answers?.stop();
  }

  private get known(): { readonly store: Store; readonly answers: Answers } {
    const { store, answers } = this;
    if (store === undefined || answers === undefined || this.isClosed) {
      throw new EngineUnavailableError('there is no connection to the store');
    }
    return { store, answers };
  }

  /** Long enough for a new leader. */
  private get answerWithinMs(): number {
    return 2 * this.settings.leaseMs + this.settings.patienceMs;
  }

  private connect(): Promise<void> {
    this.opening ??= this.connectNow().catch((error: unknown) => {
      this.opening = undefined;
      throw new EngineUnavailableError(failureLine(normaliseFailure(error)), error);
    });
    return this.opening;
  }

  private async connectNow(): Promise<void> {
    const { leaseMs, patienceMs } = this.settings;
    const { clock } = this.host;
    const store = await within(
      patienceMs,
      'connecting to the store',
      openStore(this.settings, (error) => {
        this.complain('The store', error);
      }),
    );
    await this.measureSkew(store);
    await listenToVoice(store, patienceMs, (broadcast) => {
      this.hear(broadcast);
    });
    this.answers = new Answers(store.queue('commands'), patienceMs, this.alarms, clock);
    this.store = store;
    await this.look(store);
    this.leadership = new Leadership(
      store,
      this.id,
      leaseMs,
      patienceMs,
      this.alarms,
      clock,
      (term, lease) => {
        this.term = Math.max(this.term, term);
        return new LeadingReplica(
          {
            host: this.host,
            store,
            alarms: this.alarms,
            term,
            replica: this.id,
            leaseMs,
            patienceMs,
            isHeld: () => lease.isHeld,
            skewMs: () => this.skewMs,
            hearOwn: (message) => {
              this.obey(message);
            },
          },
          lease,
          this.definitions,
          () => this.reach,
          (leader) => {
            this.leading = leader;
            if (this.reach !== undefined) leader.reign.start(this.reach);
            this.markLed();
          },
        );
      },
      (why) => {
        this.leading = undefined;
        this.complain('This replica leads no more', why);
      },
    );
    this.leadership.stand();
    this.work();
    this.lookAgain(store);
  }

  private work(): void {
    if (this.reach === undefined || this.store === undefined || this.isWorking) return;
    this.isWorking = true;
    const { maxConcurrentWorkers } = this.host.settings;
    this.executor.work(this.store, this.id, maxConcurrentWorkers, (jobId, report) => {
      this.leading?.reign.reports.hear(jobId, report);
    });
  }

  private async send(id: string, command: Command): Promise<void> {
    const { store, answers } = this.known;
    await within(
      this.settings.patienceMs,
      'the store',
      answers.whileSending(id, store.queue('commands').add(command.type, command, { jobId: id })),
    );
  }

  private async measureSkew(store: Store): Promise<void> {
    const { clock } = this.host;
    const before = clock.now();
    const there = await within(this.settings.patienceMs, 'asking for the time', store.now());
    const here = (before + clock.now()) / 2 + clock.wallOffset();
    this.skewMs = Math.round(there - here);
  }

  private async look(store: Store): Promise<void> {
    const { patienceMs } = this.settings;
    const found = await within(patienceMs, 'looking for the leader', lookForLeader(store));
    if (found === undefined) {
      await within(patienceMs, 'standing for leader', assertLeadership(store, this.term));
    } else {
      this.term = Math.max(this.term, found.term);
      if (found.term > 0) this.markLed();
    }
  }

  private lookAgain(store: Store): void {
    if (this.isClosed) return;
    const { leaseMs } = this.settings;
    this.watch = this.alarms.set(this.host.clock.now() + Math.ceil(leaseMs / 3), () => {
      void this.look(store)
        .catch(() => undefined)
        .finally(() => {
          this.lookAgain(store);
        });
    });
  }

  private hear({ replica, term, messages }: Broadcast): void {
    // What it says itself it has obeyed at once.
    if (term < this.term || replica === this.id) return;
    this.term = term;
    this.markLed();
    for (const message of messages) this.obey(message);
  }

  private obey(message: Message): void {
    switch (message.type) {
      case 'leads':
        return;
      case 'told':
        this.host.onEvent(message.event);
        return;
      case 'abort':
        this.executor.abort(message.runId, message.number, message.why);
        return;
      case 'abandon':
        this.executor.house.abandon(message.runId);
        return;
      default:
        this.answers?.hear(message);
    }
  }

  private complain(what: string, problem: unknown): void {
    if (this.isClosed) return;
    this.host.logger.warn(`${what}: ${failureLine(normaliseFailure(problem))}`);
  }
}
