import { randomUUID } from 'node:crypto';
import type { QueueEventsProducer } from 'bullmq';
import { within } from './deadline.js';
import type { Broadcast, Message } from './messages.js';
import type { Store } from './store.js';
import { packed, unpacked } from './wire.js';

const EVENT = 'said';
const GREET_EVERY_MS = 25;
const MOST_KEPT = 1_000;
const MOST_WAITING = 10_000;
const SAY_AGAIN_AFTER_MS = 250;
/** So that what follows goes along: each broadcast wakes every replica. */
const NEWS_WAIT_MS = 25;

/**
 * The leader's voice: one broadcast at a time reaches the store, so that all hear them in their order. What the store may
 * not have taken is said again, under its number, so that nobody takes it for another.
 */
export class Voice {
  private waiting: Message[] = [];
  private saying: Promise<void> | undefined;
  private resting: NodeJS.Timeout | undefined;
  private isEnding = false;
  private isOver = false;
  private broadcasts = 0;

  constructor(
    private readonly producer: QueueEventsProducer,
    private readonly speaker: Pick<Broadcast, 'term' | 'replica'>,
    private readonly patienceMs: number,
    /** Called with each message at once: this replica does not wait for the store. */
    private readonly hearOwn: (message: Message) => void,
  ) {}

  say(message: Message): void {
    this.hearOwn(message);
    if (this.isEnding) return;
    // Those who miss so many hear that the store was away, and look up what has become of everything.
    if (this.waiting.length < MOST_WAITING) this.waiting.push(message);
    if (message.type === 'told') this.resting ??= setTimeout(() => this.sayNow(), NEWS_WAIT_MS);
    else this.sayNow();
  }

  /** Says what was to be said until now, if that takes no longer, and nothing more. */
  async stop(mostMs: number): Promise<void> {
    this.isEnding = true;
    this.sayNow();
    const said = this.saying ?? Promise.resolve();
    await within(mostMs, 'the leader’s last words', said).catch(() => undefined);
    this.isOver = true;
  }

  private sayNow(): void {
    clearTimeout(this.resting);
    this.resting = undefined;
    if (this.waiting.length > 0) this.saying ??= this.sayAll();
  }

  /** Until nothing is left that does not rest. */
  private async sayAll(): Promise<void> {
    while (this.waiting.length > 0 && this.resting === undefined && !this.isOver) {
      // What else is said in this turn goes along.
      await Promise.resolve();
      const messages = this.waiting;
      this.waiting = [];
      const broadcast: Broadcast = { ...this.speaker, number: ++this.broadcasts, messages };
      await this.sayOne({ eventName: EVENT, broadcast: packed(broadcast) });
    }
    this.saying = undefined;
  }

  private async sayOne(event: { eventName: string; broadcast: string }): Promise<void> {
    while (!this.isOver) {
      try {
        const published = this.producer.publishEvent(event, MOST_KEPT);
        await within(this.patienceMs, 'the leader’s voice', published);
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, SAY_AGAIN_AFTER_MS).unref());
      }
    }
  }
}

/** Calls back with whatever a leader says from now on. */
export async function listenToVoice(
  store: Store,
  patienceMs: number,
  hear: (broadcast: Broadcast) => void,
): Promise<void> {
  const events = store.events('voice');
  const hello = randomUUID();
  let isHeard: () => void = () => undefined;
  const heard = new Promise<void>((resolve) => {
    isHeard = resolve;
  });
  (events.on as (type: string, listener: (event: Heard) => void) => void).call(
    events,
    EVENT,
    (event) => {
      if (event.hello === hello) isHeard();
      if (event.broadcast !== undefined) hear(unpacked(event.broadcast) as Broadcast);
    },
  );
  await within(patienceMs, 'listening to the leader', events.waitUntilReady());
  // Being ready, it may still miss what is said: on PostgreSQL it begins with the first look.
  const greeting = setInterval(() => {
    const greeted = store.producer('voice').publishEvent({ eventName: EVENT, hello }, MOST_KEPT);
    greeted.catch(() => undefined);
  }, GREET_EVERY_MS);
  await within(patienceMs, 'listening to the leader', heard).finally(() => {
    clearInterval(greeting);
  });
}

interface Heard {
  readonly broadcast?: string;
  readonly hello?: string;
}
