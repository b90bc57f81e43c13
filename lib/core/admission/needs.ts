import type { Attempt, Run, SchedulerState, WorkerState } from '../state/scheduler-state.js';
import { areInConflict } from './conflict-gate.js';
import { isDone, isInTheWay } from './dependency.js';
import { freePlaces } from './group-gate.js';

/** A run, whichever run of a worker comes next, or an attempt that was abandoned. */
export type Party = Run | WorkerState | Attempt;

/** One of these has to end. */
export interface Choice {
  readonly oneOf: readonly Party[];
}

export type Need = Party | Choice;

/**
 * What each party needs, all of it, before it can end, as things stand. What an operator can change is no need, nor is
 * what ends by itself, as a run does that awaits nobody. Nor is a reservation: it holds back nobody whom the run that
 * reserves needs.
 *
 * Made for one look: what all runs of a worker need alike is found once.
 */
export class Needs {
  private readonly places = new Map<WorkerState, readonly Need[]>();
  private capacity: readonly Choice[] | undefined;

  constructor(private readonly state: SchedulerState) {}

  of(party: Party): Iterable<Need> {
    if ('run' in party) return NOTHING;
    if ('worker' in party) return this.ofRun(party);
    const isOff = party.disabled !== undefined || party.pausedAt !== undefined;
    return isOff ? NOTHING : this.toStart(party, undefined);
  }

  private ofRun(run: Run): Iterable<Need> {
    if (run.current !== undefined) return this.state.awaiting.get(run) ?? NOTHING;
    const isToStart = run.status === 'waiting' || run.status === 'backing-off';
    return isToStart ? this.toStart(run.worker, run) : NOTHING;
  }

  /** @param run the run that waits, or `undefined` for one that is not due yet */
  private toStart(worker: WorkerState, run: Run | undefined): readonly Need[] {
    const places = this.placesFor(worker);
    if (worker.dependencies.length === 0) return places;
    return [...places, ...this.dependenciesOf(worker, run)];
  }

  private placesFor(worker: WorkerState): readonly Need[] {
    const known = this.places.get(worker);
    if (known !== undefined) return known;
    const conflicts = [...this.state.runningWorkers].filter((other) =>
      areInConflict(worker, other),
    );
    const full = worker.groups.filter((group) => freePlaces(group) <= 0);
    const places = [
      ...(worker.running < worker.definition.concurrency ? [] : this.oneOf(holdersOf(worker))),
      ...conflicts.flatMap((other) => this.eachOf(holdersOf(other))),
      ...full.flatMap(({ holders }) => this.oneOf([...holders])),
      ...this.oneOfAll(),
    ];
    this.places.set(worker, places);
    return places;
  }

  private oneOfAll(): readonly Choice[] {
    const { running, runningWorkers, settings } = this.state;
    if (running < settings.maxConcurrentWorkers) return NOTHING;
    return (this.capacity ??= this.oneOf([...runningWorkers].flatMap(holdersOf)));
  }

  private dependenciesOf(worker: WorkerState, run: Run | undefined): Need[] {
    return worker.dependencies.flatMap((dependency): readonly Need[] => {
      const { on, condition } = dependency;
      const waiting = on.pending.firsts(this.state.now);
      const others =
        condition === 'idle'
          ? []
          : [
              ...on.backingOff,
              ...waiting.filter((other) => run !== undefined && isInTheWay(other, run)),
            ];
      if (on.running > 0 || others.length > 0) return [...this.eachOf(holdersOf(on)), ...others];
      return isDone(dependency, worker, run) ? [] : [on];
    });
  }

  private eachOf(holders: readonly Attempt[]): Party[] {
    return holders.filter((holder) => !this.endsByItself(holder)).map(partyOf);
  }

  private oneOf(holders: readonly Attempt[]): readonly Choice[] {
    const endsOne = holders.some((holder) => this.endsByItself(holder));
    return endsOne ? NOTHING : [{ oneOf: holders.map(partyOf) }];
  }

  /** Nobody can say whether an abandoned one does. */
  private endsByItself({ phase, run }: Attempt): boolean {
    return phase === 'lingering' || (phase === 'running' && !this.state.awaiting.has(run));
  }
}

function partyOf(holder: Attempt): Party {
  return holder.phase === 'running' ? holder.run : holder;
}

function holdersOf({ attempts }: WorkerState): Attempt[] {
  return attempts.filter(({ holdsPlace }) => holdsPlace);
}

const NOTHING: readonly never[] = [];
