import { PostgresQueueBackend, type PostgresConnection } from 'bullmq';

const ASK_AGAIN_AFTER_MS = 500;

/** Makes up for two ways of BullMQ: it asks a store that fails thousands of times in a second, and trusts clocks. */
export class CarefulBackend extends PostgresQueueBackend {
  constructor(
    connection: PostgresConnection,
    name: string,
    options: ConstructorParameters<typeof PostgresQueueBackend>[2] & { lockDuration?: number },
    private readonly aheadMs: () => number,
    private readonly mostAheadMs: number,
  ) {
    super(connection, name, { ...options });
    const { lockDuration } = options;
    if (lockDuration !== undefined) {
      Object.defineProperty(this.opts, 'lockDuration', { get: () => lockDuration - aheadMs() });
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
