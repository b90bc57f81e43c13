import type { ReplicaReport } from '../history/event.js';

/** What the test asks of a replica. */
export type Order =
  | { readonly do: 'trigger'; readonly ticket: number }
  | { readonly do: 'block'; readonly forMs: number }
  | { readonly do: 'shift-clock'; readonly byMs: number }
  | { readonly do: 'report' | 'pause' | 'resume' };

/** What a replica says. */
export type Reply =
  | { readonly is: 'ready' }
  | { readonly is: 'report'; readonly report: ReplicaReport }
  | { readonly is: 'done'; readonly order: Order['do'] };
