import type { WorkerDefinition } from '../../core/definition/worker-definition.js';
import type { Scheduler } from '../../core/scheduler.js';
import type { WorkerMemory } from '../../core/worker-memory.js';
import { failureLine, normaliseFailure } from '../../execution/normalise-failure.js';
import type { EngineHost } from '../engine.js';
import { definitionOf } from './declaration.js';
import { Roster, type RosterImage } from './roster.js';

/** Of bringing the scheduler to what the replicas have. */
interface Step {
  readonly worker: string;
  readonly problem: string;
  /** @throws where it cannot be taken, or not yet */
  readonly take: () => void;
}

/** A worker's name, and what it is taken for. */
type Declared = readonly [string, string];

const NEWEST_APPLY = 'the dependencies of its newest declaration apply alone';
/** As many are remembered that no replica has any more. */
const MOST_GONE = 1_000;

/** Keeps the leader's scheduler to the workers that the replicas have. */
export class Workforce {
  readonly roster = new Roster();
  /** As the scheduler knows them. */
  private readonly employed = new Map<string, string>();
  private readonly told = new Set<string>();
  /** Whether the replicas have other workers than were followed. */
  isBehind = false;
  /** Of workers that are not employed, but may be introduced later, or again. */
  private readonly memories = new Map<string, WorkerMemory>();

  constructor(
    private readonly scheduler: Scheduler,
    private readonly host: Pick<EngineHost, 'logger' | 'settings'>,
    /** Nobody executes them any more. @returns takes back what was granted of them, once they are gone */
    private readonly onGoing: (worker: string) => () => void,
    private readonly onChanged: () => void,
    /** It has been gone for too long to be remembered. */
    private readonly onForgotten: (worker: string) => void,
  ) {}

  employs(worker: string): boolean {
    return this.employed.has(worker);
  }

  /** What it is taken for, with what this leader cannot keep to. */
  textOf(worker: string): string | undefined {
    return this.employed.get(worker);
  }

  /** Whether it is not employed, but may be again. */
  remembers(worker: string): boolean {
    return this.memories.has(worker);
  }

  /** To be followed once the next leader would know of it. @param command returns whether it has changed anything */
  change(command: (roster: Roster) => boolean): void {
    if (!command(this.roster)) return;
    this.isBehind = true;
    this.onChanged();
  }

  /** What a former leader went by. */
  recall(image: RosterImage | undefined, memories: ReadonlyMap<string, WorkerMemory>): void {
    if (image !== undefined) this.roster.recall(image);
    for (const [worker, memory] of memories) this.memories.set(worker, memory);
  }

  /** Has the scheduler know what the replicas have. */
  follow(now: number): void {
    this.isBehind = false;
    const agreed = this.roster.agreed();
    const coming = [...agreed].filter(([name]) => !this.employed.has(name));
    const changed = [...agreed].filter(([name, text]) => {
      const before = this.employed.get(name);
      return before !== undefined && before !== text;
    });
    const going = [...this.employed.keys()].filter((name) => !agreed.has(name));
    this.tellDisputes();
    const problems = this.doAll([
      ...this.employments(coming, now),
      ...changed.map(([name, text]) => this.alteration(name, text, now)),
      ...going.map((name) => this.release(name, now)),
    ]);
    this.employWithNewestDependencies(coming, problems, now);
    for (const problem of problems.values()) this.tellOnce('error', problem);
    if (coming.length + changed.length + going.length === 0) return;
    this.forgetOldest(agreed);
    this.onChanged();
  }

  private forgetOldest(declared: ReadonlyMap<string, string>): void {
    let tooMany = this.memories.size - MOST_GONE;
    for (const name of this.memories.keys()) {
      if (tooMany <= 0) return;
      if (declared.has(name)) continue;
      this.memories.delete(name);
      this.onForgotten(name);
      tooMany--;
    }
  }

  /** All at once, as they may refer to each other; where one does not fit, each with those that it refers to. */
  private employments(coming: readonly Declared[], now: number): readonly Step[] {
    if (coming.length === 0) return [];
    try {
      this.employ(coming, now);
      return [];
    } catch {
      return coming.map(([name]) => ({
        worker: name,
        problem: `Worker "${name}" cannot be added`,
        take: () => {
          this.employ(withThoseItNeeds(name, coming), now);
        },
      }));
    }
  }

  private employ(coming: readonly Declared[], now: number): void {
    const missing = coming.filter(([name]) => !this.employed.has(name));
    const definitions = missing.map(([, text]) => this.fit(definitionOf(text)));
    this.scheduler.define(definitions, now, this.memories);
    for (const [name, text] of missing) {
      this.employed.set(name, text);
      this.memories.delete(name);
    }
  }

  /** All versions may ask for dependencies that do not fit together, as one turns them round. */
  private employWithNewestDependencies(
    coming: readonly Declared[],
    problems: Map<string, string>,
    now: number,
  ): void {
    const unfit = coming.filter(([name]) => problems.has(name));
    const changed = unfit.map(([name]): Declared => [
      name,
      this.roster.withNewestDependencies(name),
    ]);
    this.doAll(this.employments(changed, now));
    const employed = unfit.filter(([name]) => this.employed.has(name));
    // Most of them do fit, but for others that they refer to.
    const left = this.doAll(employed.map(([name, text]) => this.alteration(name, text, now)));
    for (const [name] of employed) {
      if (left.has(name)) this.warnOnce(`${problems.get(name) ?? ''}: ${NEWEST_APPLY}`);
      problems.delete(name);
    }
  }

  private alteration(name: string, text: string, now: number): Step {
    return {
      worker: name,
      problem: `Worker "${name}" cannot be changed`,
      take: () => {
        this.scheduler.redefine(this.fit(definitionOf(text)), now);
        this.employed.set(name, text);
      },
    };
  }

  /**
   * A group that this application knows no limit of limits nothing here; without its worker, what waits of it would be
   * lost.
   */
  private fit(definition: WorkerDefinition): WorkerDefinition {
    const { name, groups } = definition;
    const isKnown = (group: string): boolean => this.host.settings.groups.has(group);
    for (const group of groups) {
      if (isKnown(group)) continue;
      this.warnOnce(
        `Worker "${name}" is in group "${group}" on another replica, but this one, which leads, knows no limit of it: it limits nothing meanwhile`,
      );
    }
    return { ...definition, groups: groups.filter(isKnown) };
  }

  private release(name: string, now: number): Step {
    return {
      worker: name,
      problem: `Worker "${name}", which no replica has any more, cannot be removed`,
      take: () => {
        const memory = this.scheduler.memoryOf(name);
        const takeBack = this.onGoing(name);
        this.scheduler.remove(name, now);
        takeBack();
        this.memories.set(name, memory);
        this.employed.delete(name);
        this.host.logger.warn(
          `No replica has worker "${name}" any more: what waited of it is cancelled`,
        );
      },
    };
  }

  /**
   * One may have to come before another. Of two versions that do not go together, the one that is there stays.
   *
   * @returns by worker, why it could not be done
   */
  private doAll(steps: readonly Step[]): Map<string, string> {
    const problems = new Map<string, string>();
    let left = steps;
    for (let before = Infinity; left.length < before;) {
      before = left.length;
      left = left.filter(({ worker, problem, take }) => {
        try {
          take();
          problems.delete(worker);
          return false;
        } catch (error) {
          problems.set(worker, `${problem}: ${failureLine(normaliseFailure(error))}`);
          return true;
        }
      });
    }
    return problems;
  }

  private tellDisputes(): void {
    for (const { worker, options } of this.roster.disputes()) {
      const line = `Replicas declare worker "${worker}" with different ${options.join(', ')}: the newest applies, but that the stricter concurrency, conflicts, groups and dependencies of all do`;
      this.warnOnce(line);
    }
  }

  private warnOnce(line: string): void {
    this.tellOnce('warn', line);
  }

  private tellOnce(level: 'warn' | 'error', line: string): void {
    if (this.told.has(line)) return;
    this.told.add(line);
    this.host.logger[level](line);
  }
}

/** It, and whatever of them it refers to, or those refer to. */
function withThoseItNeeds(name: string, all: readonly Declared[]): readonly Declared[] {
  const texts = new Map(all);
  const needed = new Map<string, string>();
  const need = (each: string): void => {
    const text = texts.get(each);
    if (text === undefined || needed.has(each)) return;
    needed.set(each, text);
    const { dependsOn, blocks } = definitionOf(text);
    for (const other of [...dependsOn.map(({ worker }) => worker), ...blocks]) need(other);
  };
  need(name);
  return [...needed];
}
