import type { Job, Queue } from 'bullmq';
import { within } from './deadline.js';
import type { MemoryJob } from './messages.js';

/** What concerns no single worker. */
export const EVERYTHING = Symbol('everything');

type Subject = string | typeof EVERYTHING;

/**
 * Writes what changed of each worker, a little later and together. A job for each worker and term: what an outdated leader
 * may still write overwrites nothing.
 */
export class MemoryWriter {
  private readonly jobs = new Map<Subject, Job>();
  private readonly changed = new Set<Subject>();
  private writing: Promise<void> | undefined;

  constructor(
    private readonly queue: Queue,
    private readonly term: number,
    private readonly patienceMs: number,
    /** `undefined` of a worker that is unknown meanwhile. */
    private readonly read: (subject: Subject) => MemoryJob | undefined,
  ) {}

  note(subject: Subject): void {
    this.changed.add(subject);
  }

  /** It may be remembered by others as long as they have not written. */
  forget(worker: string): void {
    const job = this.jobs.get(worker);
    this.jobs.delete(worker);
    this.changed.delete(worker);
    job?.remove().catch(() => undefined);
  }

  get hasChanges(): boolean {
    return this.changed.size > 0;
  }

  /** Writes this, until there is more to write. @throws EngineUnavailableError */
  async keep(subject: Subject, data: MemoryJob): Promise<void> {
    const written = this.writeOne(subject, data);
    await within(this.patienceMs, 'writing what is remembered', written);
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
    const subjects = [...this.changed];
    this.changed.clear();
    try {
      const written = subjects.map((subject) => this.writeOne(subject, this.read(subject)));
      await within(this.patienceMs, 'writing what is remembered', Promise.all(written));
    } catch (error) {
      for (const subject of subjects) this.changed.add(subject);
      throw error;
    }
  }

  private async writeOne(subject: Subject, data: MemoryJob | undefined): Promise<void> {
    if (data === undefined) return;
    const known = this.jobs.get(subject);
    if (known !== undefined) {
      await known.updateData(data);
      return;
    }
    this.jobs.set(subject, await this.add(subject, data));
  }

  private add(subject: Subject, data: MemoryJob): Promise<Job> {
    return this.queue.add('memory', data, { jobId: `${String(this.term)}.${idOf(subject)}` });
  }
}

/** An asterisk is in no base64. */
function idOf(subject: Subject): string {
  return subject === EVERYTHING ? '*' : Buffer.from(subject).toString('base64url');
}
