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

/** The leader's voice: one message at a time reaches the store, so that all hear them in their order. */
export class Voice {
  private waiting: Message[] = [];
  private isSaying = false;

  constructor(
    private readonly producer: QueueEventsProducer,
    private readonly speaker: Pick<Broadcast, 'term' | 'replica'>,
    private readonly patienceMs: number,
    /** Called with each message at once: this replica does not wait for the store. */
    private readonly hearOwn: (message: Message) => void,
  ) {}

  say(message: Message): void {
    this.hearOwn(message);
    // While the store does not answer, nobody hears: the truth is in the store, and is looked up.
    if (this.waiting.length < MOST_WAITING) this.waiting.push(message);
    if (!this.isSaying) void this.sayAll();
  }

  private async sayAll(): Promise<void> {
    this.isSaying = true;
    while (this.waiting.length > 0) {
      // What else is said in this turn goes along.
      await Promise.resolve();
      const broadcast: Broadcast = { ...this.speaker, messages: this.waiting };
      this.waiting = [];
      const event = { eventName: EVENT, broadcast: packed(broadcast) };
      try {
        await within(
          this.patienceMs,
          'the leader’s voice',
          this.producer.publishEvent(event, MOST_KEPT),
        );
      } catch {
        // Lost; see above.
      }
    }
    this.isSaying = false;
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
