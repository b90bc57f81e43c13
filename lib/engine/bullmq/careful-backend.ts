import { PostgresQueueBackend, type PostgresConnection } from 'bullmq';

const ASK_AGAIN_AFTER_MS = 500;

/**
 * Makes up for some ways of BullMQ: it asks a store that fails thousands of times in a second, trusts clocks, takes what
 * was not ready once for something that never will be, and failures of the store for failures of the job.
 */
export class CarefulBackend extends PostgresQueueBackend {
  constructor(
    connection: PostgresConnection,
    name: string,
    options: ConstructorParameters<typeof PostgresQueueBackend>[2] & { lockDuration?: number },
    private readonly aheadMs: () => number,
    private readonly mostAheadMs: number,
    /** How long an end is reported again and again. */
    private readonly insistMs: number,
  ) {
    super(connection, name, { ...options });
    const { lockDuration } = options;
    if (lockDuration !== undefined) {
      Object.defineProperty(this.opts, 'lockDuration', { get: () => lockDuration - aheadMs() });
    }
  }

  override async waitUntilReady(): Promise<void> {
    try {
      await super.waitUntilReady();
    } catch (error) {
      (this as unknown as { readyPromise: undefined }).readyPromise = undefined;
      throw error;
    }
  }

  /** It is this process's clock to which the duration is added. */
  override extendLock(jobId: string, token: string, duration: number): Promise<number> {
    return super.extendLock(jobId, token, duration - this.aheadMs());
  }

  override extendLocks(jobIds: string[], tokens: string[], duration: number): Promise<string[]> {
    return super.extendLocks(jobIds, tokens, duration - this.aheadMs());
  }

  /** Locks of others seem to have expired to one whose clock is ahead; those whose clocks are right find the rest. */
  override async moveStalledJobsToWait(): Promise<string[]> {
    return this.aheadMs() > this.mostAheadMs ? [] : super.moveStalledJobsToWait();
  }

  /**
   * What has ended while the store restarts has ended: BullMQ would call the job failed. What it says itself is final, as
   * that the lock is lost.
   */
  override async moveToCompleted(
    ...given: Parameters<PostgresQueueBackend['moveToCompleted']>
  ): ReturnType<PostgresQueueBackend['moveToCompleted']> {
    const until = performance.now() + this.insistMs;
    for (;;) {
      try {
        return await super.moveToCompleted(...given);
      } catch (error) {
        const isFinal = typeof (error as { code?: unknown }).code === 'number';
        if (isFinal || this.connection.isClosing || performance.now() > until) throw error;
        await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_AFTER_MS));
      }
    }
  }

  override async moveToActive(
    ...given: Parameters<PostgresQueueBackend['moveToActive']>
  ): ReturnType<PostgresQueueBackend['moveToActive']> {
    try {
      return await super.moveToActive(...given);
    } catch (error) {
      await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_AFTER_MS));
      throw error;
    }
  }
}
