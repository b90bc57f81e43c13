import type { OrchestratorPhase, OrchestratorStatus, WorkerStatus, WorkerView } from '../index.js';
import { eachOf, GAUGES, type Gauge, type GaugeKey, type Labels } from './catalogue.js';
import type { WorkerLabels } from './worker-labels.js';

export interface Reading {
  readonly labels: Labels;
  value: number;
}

/** What all gauges show at one instant. */
export type GaugeReadings = Readonly<Record<GaugeKey, readonly Reading[]>>;

const WORKER_STATES: readonly WorkerStatus[] = [
  'disabled',
  'paused',
  'probing',
  'running',
  'backing-off',
  'waiting',
  'idle',
];

const STATES: readonly OrchestratorPhase[] = ['stopped', 'starting', 'running', 'draining'];

export function readGauges(status: OrchestratorStatus, labels: WorkerLabels): GaugeReadings {
  const sheet = new Sheet();
  const { fleet } = status;
  const speaksForAll = fleet === undefined || fleet.leader === fleet.self;
  if (speaksForAll) sheet.write('capacity', {}, status.maxConcurrentWorkers);
  for (const worker of status.workerStates) {
    // What is the same on all replicas the leader shows, so that it may be added up.
    if (!speaksForAll && worker.scope !== 'replica') continue;
    readWorker(sheet, status, worker, labels.labelOf(worker.name));
  }
  for (const state of STATES) sheet.write('state', { state }, Number(status.state === state));
  if (fleet?.leader !== '') sheet.write('paused', {}, Number(status.paused));
  sheet.write('engineReachable', {}, Number(status.engineProblem === undefined));
  if (fleet !== undefined) {
    sheet.write('leader', {}, Number(fleet.leader === fleet.self));
    sheet.write('term', {}, fleet.term);
  }
  return sheet.readings();
}

function readWorker(
  sheet: Sheet,
  status: OrchestratorStatus,
  view: WorkerView,
  worker: string,
): void {
  for (const state of WORKER_STATES) {
    sheet.write('workerState', { worker, state }, Number(view.state === state));
  }
  sheet.write('running', { worker }, view.running);
  sheet.write('waiting', { worker }, view.waiting);
  sheet.write('abandoned', { worker }, view.abandoned);
  sheet.write('failures', { worker }, view.failures);
  sheet.write('overdue', { worker }, view.isOverdue ? dueForMs(status, view) / 1_000 : 0);
  if (view.nextDueAt !== undefined) {
    sheet.write('nextDue', { worker }, view.nextDueAt.getTime() / 1_000);
  }
  if (view.lastSuccess !== undefined) {
    sheet.write('lastSuccess', { worker }, view.lastSuccess.getTime() / 1_000);
  }
}

/** By its first waiting run, or by a due instant that has not become one: the event loop or the engine is stuck. */
function dueForMs(
  { at }: OrchestratorStatus,
  { waitingMs = 0, nextDueAt = at }: WorkerView,
): number {
  return Math.max(waitingMs, at.getTime() - nextDueAt.getTime());
}

/** Puts together what goes by the same labels. */
class Sheet {
  private readonly columns = eachOf(GAUGES, () => new Map<string, Reading>());

  write(gauge: GaugeKey, labels: Labels, value: number): void {
    const column = this.columns[gauge];
    const key = `${labels.worker ?? ''}\n${labels.state ?? ''}`;
    const there = column.get(key);
    if (there === undefined) column.set(key, { labels, value });
    else there.value = together(GAUGES[gauge], there.value, value);
  }

  readings(): GaugeReadings {
    return eachOf(GAUGES, (_gauge, key) => [...this.columns[key].values()]);
  }
}

function together({ together: how }: Gauge, one: number, other: number): number {
  switch (how) {
    case 'sum':
      return one + other;
    case 'least':
      return Math.min(one, other);
    case 'most':
      return Math.max(one, other);
  }
}
