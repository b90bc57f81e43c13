import type { HistoryEvent, ReplicaReport, Testimony } from './history/event.js';
import { readHistory, type History } from './history/history.js';
import type { Plan } from './plan.js';

export const SCENE_PLAN: Plan = {
  workers: [
    { name: 'first', intervalMs: 1_000, bodyMs: 100 },
    { name: 'second', intervalMs: 1_000, bodyMs: 100, dependsOn: 'first' },
    { name: 'rival', intervalMs: 1_000, bodyMs: 100, blocks: ['second'] },
    { name: 'pair', intervalMs: 1_000, bodyMs: 100, concurrency: 2, group: 'net' },
    { name: 'doomed', intervalMs: 1_000, bodyMs: 20, fails: 'always' },
    { name: 'ticket', bodyMs: 60, concurrency: 3 },
  ],
  groups: { net: 2 },
  maxConcurrentWorkers: 3,
  leaseMs: 2_000,
  shutdownTimeoutMs: 2_000,
  abortGraceMs: 500,
};

export const SECONDS = 60;
const PAUSED_AT = SECONDS * 1_000;
const QUIET_AT = PAUSED_AT - 20_000;

type StartOf = Extract<Testimony, { is: 'start' }>;

/** An attempt that a test puts into the scene. */
export type Cast = Partial<Omit<StartOf, 'is'>> & {
  readonly worker: string;
  readonly from: number;
  /** Never, where it says none: its process ends before. */
  readonly to?: number;
  readonly signs?: readonly { readonly at: number; readonly isAborted: boolean }[];
};

/** A healthy minute of a fleet of two, into which a test puts what should be found. */
export class Scene {
  private told: (Testimony & { at: number })[] = [];
  private tokens = 0;

  constructor() {
    this.add(0, { is: 'phase', name: 'calm' });
    this.add(5_000, { is: 'phase', name: 'faults' });
    this.add(QUIET_AT, { is: 'phase', name: 'quiet' });
    this.add(PAUSED_AT, { is: 'phase', name: 'paused' });
    for (const [when, at] of [
      ['before', 4_900],
      ['settled', QUIET_AT + 10_000],
      ['after', PAUSED_AT + 6_000],
    ] as const) {
      this.add(at, { is: 'census', when, entries: 500, connections: 20 });
    }
    for (const replica of ['r1', 'r2']) this.report({ replica });
    for (let due = 0; due < PAUSED_AT; due += 1_000) {
      this.attempt({ worker: 'first', due, from: due, to: due + 100 });
      this.attempt({ worker: 'second', due, from: due + 150, to: due + 250 });
      this.attempt({ worker: 'rival', due, from: due + 300, to: due + 400 });
      this.attempt({ worker: 'pair', due, from: due + 10, to: due + 110, replica: 'r2' });
    }
    for (const due of [0, 1_000, 2_000]) {
      this.attempt({ worker: 'doomed', due, from: due + 500, to: due + 520 });
    }
    this.add(2_530, { is: 'disabled', replica: 'r1', worker: 'doomed' });
    this.ticket(1, 3_450);
  }

  add(at: number, testimony: Testimony): this {
    this.told.push({ ...testimony, at });
    return this;
  }

  attempt({ from, to, signs = [], ...cast }: Cast): this {
    const start: StartOf = {
      is: 'start',
      replica: 'r1',
      boot: `${cast.replica ?? 'r1'}.1`,
      runId: `${cast.worker} ${cast.due ?? from}`,
      attempt: 1,
      missed: 0,
      token: ++this.tokens,
      isRefused: false,
      ...cast,
    };
    this.add(from, start);
    const { replica, boot, worker, runId, attempt } = start;
    const mark = { replica, boot, worker, runId, attempt };
    for (const { at, isAborted } of signs) this.add(at, { is: 'alive', ...mark, isAborted });
    if (to !== undefined) this.add(to, { is: 'end', ...mark, isAborted: false });
    return this;
  }

  ticket(ticket: number, at: number): this {
    this.add(at, { is: 'accepted', ticket, runId: `t${ticket}` });
    return this.attempt({
      worker: 'ticket',
      ticket,
      runId: `t${ticket}`,
      from: at + 5,
      to: at + 65,
    });
  }

  report(report: Partial<ReplicaReport> & { readonly replica: string }): this {
    return this.add(PAUSED_AT + 5_000, {
      is: 'report',
      boot: `${report.replica}.1`,
      isReady: true,
      running: 0,
      rssMb: 100,
      workers: SCENE_PLAN.workers.map(({ name, fails }) =>
        fails === 'always'
          ? { name, enabled: false, failures: 3 }
          : { name, enabled: true, failures: 0 },
      ),
      ...report,
    });
  }

  trouble(of: string, from: number, to: number): this {
    const id = from;
    return this.add(from, { is: 'trouble', id, fault: 'frozen', of }).add(to, { is: 'relief', id });
  }

  /** Its process has ended, by what the nemesis has sent it. */
  down(at: number, replica: string, sent: 'SIGKILL' | 'SIGTERM' | null, code: number | null): this {
    const signal = sent === 'SIGKILL' ? sent : null;
    return this.add(at, { is: 'down', replica, boot: `${replica}.1`, code, signal, sent });
  }

  without(isGone: (testimony: Testimony & { at: number }) => boolean): this {
    this.told = this.told.filter((testimony) => !isGone(testimony));
    return this;
  }

  /** Takes an attempt out, whole. */
  withoutRun(runId: string): this {
    return this.without((testimony) => 'runId' in testimony && testimony.runId === runId);
  }

  history(): History {
    const events = this.told
      .sort((one, other) => one.at - other.at)
      .map((testimony, seq): HistoryEvent => ({ ...testimony, seq }));
    return readHistory(events, SCENE_PLAN);
  }
}
