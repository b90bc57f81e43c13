import { batch, computed, signal } from '@preact/signals';
import { api, urlOf } from '../api/api.js';
import { followStream, type Connection } from '../api/live-stream.js';
import type {
  Changes,
  Graph,
  Orchestrator,
  Permissions,
  Run,
  Snapshot,
  Worker,
} from '../api/shapes.js';
import { setServerTime } from './clock.js';
import { withRuns } from './recent-runs.js';

export const connection = signal<Connection>({ state: 'connecting' });
export const orchestrator = signal<Orchestrator | undefined>(undefined);
/** By name, in the order of registration. */
export const workers = signal<ReadonlyMap<string, Worker>>(new Map());
/** Live and ended ones by id, those seen first coming first. */
export const runs = signal<ReadonlyMap<string, Run>>(new Map());
export const graph = signal<Graph>({ nodes: [], edges: [] });
/** Nothing is offered before the server has said what is allowed. */
export const permissions = signal<Permissions>({ read: true, trigger: false, control: false });

/** How far running workers say they are, by name. */
export const progress = computed(() => {
  const fractions = new Map<string, number>();
  for (const { worker, status, progress: made } of runs.value.values()) {
    if (status === 'running' && made !== undefined) fractions.set(worker, made.fraction);
  }
  return fractions;
});

/** Follows the server from now on. */
export function followServer(): void {
  void followStream(urlOf('stream'), {
    connection: (state) => (connection.value = state),
    message: ({ event, data }) => {
      if (event === 'snapshot') takeSnapshot(JSON.parse(data) as Snapshot);
      if (event === 'changes') takeChanges(JSON.parse(data) as Changes);
    },
  });
}

function takeSnapshot(snapshot: Snapshot): void {
  batch(() => {
    setServerTime(snapshot.orchestrator.at);
    orchestrator.value = snapshot.orchestrator;
    workers.value = new Map(snapshot.workers.map((worker) => [worker.name, worker]));
    runs.value = withRuns(new Map(), [...snapshot.runs].reverse());
  });
  void askForGraph();
  void askForPermissions();
}

function takeChanges(changes: Changes): void {
  batch(() => {
    orchestrator.value = changes.orchestrator;
    workers.value = withWorkers(workers.value, changes);
    const { runs: changed, gone } = changes;
    if (changed.length + gone.length > 0) runs.value = withRuns(runs.value, changed, gone);
  });
  if (changes.isGraphChanged) void askForGraph();
}

function withWorkers(
  known: ReadonlyMap<string, Worker>,
  { workers: changed, removed }: Changes,
): ReadonlyMap<string, Worker> {
  if (changed.length === 0 && removed.length === 0) return known;
  const after = new Map(known);
  for (const name of removed) after.delete(name);
  for (const worker of changed) after.set(worker.name, worker);
  return after;
}

// What these two cannot get, the stream cannot get either: it says so, and tries again.

async function askForGraph(): Promise<void> {
  graph.value = await api.graph().catch(() => graph.value);
}

async function askForPermissions(): Promise<void> {
  permissions.value = await api.permissions().catch(() => permissions.value);
}
