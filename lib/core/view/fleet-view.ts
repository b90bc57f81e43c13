/** What a replica does: `'all'`, or only decide, only execute, or only trigger and ask. @publicApi */
export type ReplicaRole = 'all' | 'scheduler' | 'executor' | 'client';

/** One process of the application, as the leader knows it. @publicApi */
export interface ReplicaView {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly role: ReplicaRole;
  readonly isLeader: boolean;
  /** Its clock minus the store's. */
  readonly clockSkewMs: number;
  readonly lastSeenAt: Date;
  /** What it executes, as of then. */
  readonly running: readonly { readonly runId: string; readonly worker: string }[];
}

/** The replicas of a distributed engine. @publicApi */
export interface FleetView {
  /** How often a leader was elected: what is told in an older term counts no more. */
  readonly term: number;
  /** Empty while nobody is known to lead: what is told of workers then is what this replica declares. */
  readonly leader: string;
  /** The replica that was asked. */
  readonly self: string;
  readonly replicas: readonly ReplicaView[];
}
