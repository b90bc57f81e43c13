import type { Job, Queue } from 'bullmq';
import type { WorkerSnapshot } from '../../core/state/image.js';
import { within } from './deadline.js';
import type { MemoryJob } from './messages.js';

/**
 * Writes what changed of each worker, a little later and together. A job for each worker and term: what an outdated leader
 * may still write overwrites nothing.
 */
export class MemoryWriter {
  private readonly jobs = new Map<string, Job>();
  private readonly changed = new Set<string>();
  private writing: Promise<void> | undefined;

  constructor(
    private readonly queue: Queue,
    private readonly term: number,
    private readonly patienceMs: number,
    private readonly snapshotOf: (
      worker: string,
    ) => (WorkerSnapshot & { token: number }) | undefined,
  ) {}

  note(worker: string): void {
    this.changed.add(worker);
  }

  get hasChanges(): boolean {
    return this.changed.size > 0;
  }

  /** @throws EngineUnavailableError; then it is still to be written */
  async write(): Promise<void> {
    while (this.writing !== undefined) await this.writing.catch(() => undefined);
    this.writing = this.writeChanged().finally(() => {
      this.writing = undefined;
    });
    await this.writing;
  }

  private async writeChanged(): Promise<void> {
    const workers = [...this.changed];
    this.changed.clear();
    try {
      const written = workers.map((worker) => this.writeOne(worker));
      await within(this.patienceMs, 'writing what is remembered', Promise.all(written));
    } catch (error) {
      for (const worker of workers) this.changed.add(worker);
      throw error;
    }
  }

  private async writeOne(worker: string): Promise<void> {
    const snapshot = this.snapshotOf(worker);
    if (snapshot === undefined) return;
    const data: MemoryJob = { ...snapshot, term: this.term };
    const known = this.jobs.get(worker);
    if (known !== undefined) {
      await known.updateData(data);
      return;
    }
    const jobId = `${String(this.term)}.${Buffer.from(worker).toString('base64url')}`;
    this.jobs.set(worker, await this.queue.add('memory', data, { jobId }));
  }
}
