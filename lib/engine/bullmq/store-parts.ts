import type { Queue, QueueEvents, QueueEventsProducer } from 'bullmq';
import { within } from './deadline.js';
import { RETRY, type OnStoreError, type QueueName } from './store.js';

interface Part {
  on: unknown;
  close(force?: boolean): Promise<void>;
}

/** What a store has opened. A part without an error listener would end the process when the store restarts. */
export class StoreParts {
  private readonly parts = new Set<Part>();
  isClosed = false;
  private readonly queues = new Map<QueueName, Queue>();
  private readonly producers = new Map<QueueName, QueueEventsProducer>();

  constructor(private readonly onError: OnStoreError) {}

  keep<Opened extends Part>(part: Opened): Opened {
    const on = part.on as (type: 'error', listener: OnStoreError) => void;
    on.call(part, 'error', this.onError);
    this.parts.add(part);
    this.forgetOnceClosed(part);
    return part;
  }

  /** BullMQ gives up listening where it fails at first. */
  listening(events: QueueEvents): QueueEvents {
    const listen = async (): Promise<void> => {
      try {
        await events.run();
      } catch (error) {
        if (events.closing !== undefined) return;
        this.onError(error as Error);
        setTimeout(() => void listen(), RETRY.runRetryDelay).unref();
      }
    };
    void listen();
    return this.keep(events);
  }

  queue(name: QueueName, open: () => Queue): Queue {
    const known = this.queues.get(name) ?? this.keep(open());
    this.queues.set(name, known);
    return known;
  }

  producer(name: QueueName, open: () => QueueEventsProducer): QueueEventsProducer {
    const known = this.producers.get(name) ?? this.keep(open());
    this.producers.set(name, known);
    return known;
  }

  /** Waits no longer than that: where the store does not answer, some parts never close. */
  async close(mostMs: number): Promise<void> {
    this.isClosed = true;
    const closing = Promise.allSettled([...this.parts].map((part) => part.close(true)));
    await within(mostMs, 'closing', closing).catch(() => undefined);
  }

  /** Each leader opens some: they would outlive it, and all that it knew. */
  private forgetOnceClosed(part: Part): void {
    const close = part.close.bind(part);
    part.close = (force) => close(force).finally(() => this.parts.delete(part));
  }
}
