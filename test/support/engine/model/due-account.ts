import assert from 'node:assert/strict';
import type { RunView } from '../../../../lib/core/view/run-view.js';
import type { ModelWorker } from '../../core/model/model-state.js';

interface Entry {
  readonly worker: ModelWorker;
  /** On the scale of the worker's schedule: wall-clock time for cron. */
  readonly instant: number;
  readonly count: number;
  /** Steady time. */
  readonly at: number;
  /** `undefined`: it became no run. */
  readonly run: Promise<RunView | undefined> | undefined;
}

/** Accounts for each due instant: it became a run, or was skipped, once and in order. */
export class DueAccount {
  private entries: (Entry | { readonly outOfStep: ModelWorker })[] = [];
  private starts: string[] = [];
  private readonly anchors = new Map<ModelWorker, number>();
  private readonly byRun = new Map<string, Entry>();
  /** Those of cron that the wall clock may come to again; what it passed over is not among them. */
  private readonly booked = new Map<ModelWorker, Set<number>>();
  /** Where so much was missed that it was not counted, which instant came last is not known. */
  private readonly uncounted = new Set<ModelWorker>();
  private readonly spent = new Map<ModelWorker, Set<number>>();

  add(entry: Entry): void {
    if (periodOf(entry.worker) !== undefined) this.entries.push(entry);
  }

  /** Which due instant is next depends on more than the last one: on the wall clock, or on what never started. */
  loseStep(worker: ModelWorker): void {
    this.entries.push({ outOfStep: worker });
  }

  /** The first attempt of the run begins. */
  start(runId: string): void {
    this.starts.push(runId);
  }

  async check(): Promise<void> {
    const { entries, starts } = this;
    [this.entries, this.starts] = [[], []];
    const bursts = new Map<string, number>();
    for (const entry of entries) {
      if ('outOfStep' in entry) {
        entry.outOfStep.nextInstant = undefined;
        continue;
      }
      const view = await entry.run;
      if (entry.run !== undefined && view?.origin !== 'schedule') continue;
      this.book(entry);
      if (view === undefined) continue;
      this.byRun.set(view.id, entry);
      limitBurst(entry, bursts);
    }
    for (const runId of starts) this.spend(runId);
  }

  private spend(runId: string): void {
    const entry = this.byRun.get(runId);
    if (entry === undefined) return;
    const { worker, instant } = entry;
    const known = this.spent.get(worker) ?? new Set();
    this.spent.set(worker, known);
    assert(!known.has(instant), `I10: ${worker.definition.name} starts once for one due instant`);
    known.add(instant);
  }

  private book({ worker, instant, count, run }: Entry): void {
    const { name } = worker.definition;
    const period = periodOf(worker)!;
    const anchor = this.anchors.get(worker) ?? (isCron(worker) ? 0 : instant);
    this.anchors.set(worker, anchor);
    assert.equal((instant - anchor) % period, 0, `I10: a due instant of ${name} is on its grid`);
    if (worker.nextInstant !== undefined) {
      const isUnknown = this.uncounted.has(worker) && instant > worker.nextInstant;
      const next = isUnknown ? instant : this.nextUnbooked(worker, worker.nextInstant, instant);
      assert.equal(instant, next, `I10, I15: the next due instant of ${name}`);
    }
    if (isCron(worker)) {
      const booked = this.booked.get(worker) ?? new Set();
      this.booked.set(worker, booked.add(instant + (count - 1) * period));
      if (run !== undefined) booked.add(instant);
    }
    if (isCron(worker) && count >= MOST_COUNTED_MISSES) this.uncounted.add(worker);
    const isCounted = !isCron(worker) || count < MOST_COUNTED_MISSES;
    worker.nextInstant = isCounted ? instant + count * period : undefined;
  }

  /** @param until looks no further */
  private nextUnbooked(worker: ModelWorker, from: number, until: number): number {
    const booked = this.booked.get(worker);
    let next = from;
    while (next < until && booked?.has(next) === true) next += CRON_PERIOD_MS;
    return next;
  }
}

/** Of what was missed, no more comes at once than the worker's policy says. */
function limitBurst({ worker, at }: Entry, bursts: Map<string, number>): void {
  const { name, misfire, maxPending, schedule } = worker.definition;
  if (schedule.kind !== 'fixed-rate') return;
  const key = `${name} at ${at}`;
  const size = (bursts.get(key) ?? 0) + 1;
  bursts.set(key, size);
  assert(size <= (misfire === 'all' ? maxPending : 1), `I13: ${key} is due ${size} times at once`);
}

/** More misses of a cron pattern are counted as a thousand, of which a few become runs. */
const MOST_COUNTED_MISSES = 990;
/** The pattern fires each second. */
const CRON_PERIOD_MS = 1_000;

function periodOf({ definition: { schedule } }: ModelWorker): number | undefined {
  if (schedule.kind === 'fixed-rate') return schedule.intervalMs;
  return schedule.kind === 'cron' ? CRON_PERIOD_MS : undefined;
}

function isCron({ definition }: ModelWorker): boolean {
  return definition.schedule.kind === 'cron';
}
