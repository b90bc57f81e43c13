/** One attempt of one run, in one process. */
export interface AttemptMark {
  readonly replica: string;
  /** Tells the processes apart that have borne the replica's name. */
  readonly boot: string;
  readonly worker: string;
  readonly runId: string;
  readonly attempt: number;
}

/** What replicas, their operator and the nemesis tell the witness. */
export type Testimony =
  | (AttemptMark & {
      readonly is: 'start';
      /** Of scheduled runs. */
      readonly due?: number;
      readonly missed: number;
      readonly token?: number;
      /** The resource had seen a greater token. */
      readonly isRefused: boolean;
      /** Of triggered runs: what was asked for. */
      readonly ticket?: number;
    })
  | (AttemptMark & { readonly is: 'alive' | 'end'; readonly isAborted: boolean })
  /** A replica has heard how a run ended. */
  | {
      readonly is: 'final';
      readonly replica: string;
      readonly worker: string;
      readonly runId: string;
      readonly status: string;
    }
  | { readonly is: 'disabled' | 'retrying'; readonly replica: string; readonly worker: string }
  | { readonly is: 'asked'; readonly ticket: number }
  | { readonly is: 'accepted'; readonly ticket: number; readonly runId: string }
  | { readonly is: 'turned-down'; readonly ticket: number; readonly why: string }
  | { readonly is: 'warning' | 'crash'; readonly replica: string; readonly text: string }
  | { readonly is: 'up'; readonly replica: string; readonly boot: string }
  | {
      readonly is: 'down';
      readonly replica: string;
      readonly boot: string;
      readonly code: number | null;
      readonly signal: string | null;
      /** What the nemesis had sent it. */
      readonly sent: 'SIGKILL' | 'SIGTERM' | null;
    }
  | { readonly is: 'terminated'; readonly replica: string; readonly boot: string }
  | { readonly is: 'trouble'; readonly id: number; readonly fault: string; readonly of: string }
  | { readonly is: 'relief'; readonly id: number }
  | { readonly is: 'phase'; readonly name: Phase }
  | (ReplicaReport & { readonly is: 'report' })
  | ({ readonly is: 'census'; readonly when: 'before' | 'settled' | 'after' } & Census);

/** `of` everybody, as of an outage of the store. */
export const EVERYBODY = '*';

export type Phase = 'calm' | 'faults' | 'quiet' | 'paused';

export interface ReplicaReport {
  readonly replica: string;
  readonly boot: string;
  readonly isReady: boolean;
  readonly running: number;
  readonly rssMb: number;
  readonly workers: readonly {
    readonly name: string;
    readonly enabled: boolean;
    readonly failures: number;
  }[];
}

/** How much there is in the store, and how many are connected to it. */
export interface Census {
  readonly entries: number;
  readonly connections: number;
}

/** All testimonies are in one order, and bear one clock's time: the witness's. */
export type HistoryEvent = Testimony & { readonly seq: number; readonly at: number };
