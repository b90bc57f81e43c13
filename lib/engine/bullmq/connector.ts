import { EngineUnavailableError } from '../../core/errors.js';
import type { Alarms } from '../../execution/alarms.js';
import { failureLine, normaliseFailure } from '../../execution/normalise-failure.js';
import type { EngineHost } from '../engine.js';
import { Answers } from './answers.js';
import { Asking } from './asking.js';
import type { BullMQSettings } from './bullmq-options.js';
import { within } from './deadline.js';
import type { LeadingReplica } from './leader.js';
import type { Broadcast } from './messages.js';
import { openStore } from './open-store.js';
import type { Outage } from './outage.js';
import { MOST_AHEAD, type Store } from './store.js';
import { StoreClock } from './store-clock.js';
import { listenToVoice } from './voice.js';

/** What is there while the store can be reached. */
export interface Connection {
  readonly store: Store;
  readonly answers: Answers;
  readonly asking: Asking;
}

/** Opens the way to the store once it is needed, and tries again with each who needs it. */
export class Connector {
  /** Once it is open. */
  connection: Connection | undefined;
  readonly clock: StoreClock;
  private connecting: Promise<Connection> | undefined;
  private isStopped = false;

  constructor(
    private readonly host: EngineHost,
    private readonly settings: BullMQSettings,
    private readonly alarms: Alarms,
    private readonly outage: Outage,
    private readonly hear: (broadcast: Broadcast) => void,
    /** This replica, while it leads. */
    private readonly leading: () => LeadingReplica | undefined,
  ) {
    this.clock = new StoreClock(host.clock, settings.patienceMs);
  }

  /** @throws EngineUnavailableError */
  connect(): Promise<Connection> {
    this.connecting ??= this.open().catch((error: unknown) => {
      this.connecting = undefined;
      throw new EngineUnavailableError(failureLine(normaliseFailure(error)), error);
    });
    return this.connecting;
  }

  /** Whether the clock of this machine allows it to pick up what others may hold. */
  isFit(store: Store): boolean {
    return !store.trustsClocks || this.clock.skewMs <= this.settings.leaseMs * MOST_AHEAD;
  }

  /** Opens nothing any more. */
  stop(): void {
    this.isStopped = true;
  }

  async close(): Promise<void> {
    await this.connection?.store.close();
    this.connection?.answers.stop();
  }

  private async open(): Promise<Connection> {
    const { leaseMs, patienceMs } = this.settings;
    const store = await this.openStore();
    try {
      await this.clock.ask(store);
      this.assertFit(store);
      await listenToVoice(store, patienceMs, this.hear);
      this.assertWanted();
    } catch (error) {
      await store.close();
      throw error;
    }
    const answers = new Answers(store.queue('commands'), patienceMs, this.alarms, this.host.clock);
    const asking = new Asking(
      store,
      answers,
      this.leading,
      patienceMs,
      2 * leaseMs + patienceMs,
      () => this.clock.now(),
    );
    this.connection = { store, answers, asking };
    return this.connection;
  }

  private async openStore(): Promise<Store> {
    this.assertWanted();
    const opening = openStore(
      this.settings,
      (error) => {
        this.outage.mention(error);
      },
      () => this.clock.now(),
      (problem) => {
        this.host.logger.warn(problem);
      },
    );
    try {
      return await within(this.settings.patienceMs, 'connecting to the store', opening);
    } catch (error) {
      // What opens later is of no use to anybody.
      void opening.then((late) => late.close()).catch(() => undefined);
      throw error;
    }
  }

  private assertWanted(): void {
    if (this.isStopped) throw new Error('this replica has stopped');
  }

  private assertFit(store: Store): void {
    if (this.isFit(store)) return;
    throw new Error(
      `this machine's clock is ${String(this.clock.skewMs)} ms ahead of the store's, more than a quarter of the ` +
        'lease: set it right, or this replica would find the locks of others expired',
    );
  }
}
