import type { WorkerDefinition } from '../../core/definition/worker-definition.js';
import type { WorkerOptions } from '../../core/definition/worker-options.js';
import type { Scheduler } from '../../core/scheduler.js';
import type { WorkerMemory } from '../../core/worker-memory.js';
import { failureLine, normaliseFailure } from '../../execution/normalise-failure.js';
import type { EngineHost } from '../engine.js';
import { definitionOf, type Declarations } from './declaration.js';
import { Roster, type RosterImage } from './roster.js';

/** Of bringing the scheduler to what the replicas have. */
interface Step {
  readonly problem: string;
  /** @throws where it cannot be taken, or not yet */
  readonly take: () => void;
}

/** A worker's name, and what it is taken for. */
type Declared = readonly [string, string];

/** As many are remembered that no replica has any more. */
const MOST_GONE = 1_000;

/** Keeps the leader's scheduler to the workers that the replicas have. */
export class Workforce {
  private readonly roster = new Roster();
  /** As the scheduler knows them. */
  private readonly employed = new Map<string, string>();
  private readonly told = new Set<string>();
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

  knows(replica: string): boolean {
    return this.roster.has(replica);
  }

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

  /** The workers that replicas have, though some may not be employed as they do not fit. */
  declared(): ReadonlySet<string> {
    return new Set(this.roster.agreed().keys());
  }

  introduce(replica: string, declarations: Declarations, now: number): void {
    this.roster.introduce(replica, declarations);
    this.follow(now);
  }

  retain(replicas: ReadonlySet<string>, now: number): void {
    if (this.roster.retain(replicas)) this.follow(now);
  }

  update(definition: WorkerDefinition, updates: WorkerOptions, now: number): void {
    this.roster.update(definition, updates);
    this.follow(now);
  }

  updatesOf(worker: string): WorkerOptions {
    return this.roster.updatesOf(worker);
  }

  /** What a former leader went by. */
  recall(image: RosterImage | undefined, memories: ReadonlyMap<string, WorkerMemory>): void {
    if (image !== undefined) this.roster.recall(image);
    for (const [worker, memory] of memories) this.memories.set(worker, memory);
  }

  image(): RosterImage {
    return this.roster.image();
  }

  private follow(now: number): void {
    const agreed = this.roster.agreed();
    const coming = [...agreed].filter(([name]) => !this.employed.has(name));
    const changed = [...agreed].filter(([name, text]) => {
      const before = this.employed.get(name);
      return before !== undefined && before !== text;
    });
    const going = [...this.employed.keys()].filter((name) => !agreed.has(name));
    this.tellDisputes();
    this.doAll([
      ...this.employments(coming, now),
      ...changed.map(([name, text]) => this.change(name, text, now)),
      ...going.map((name) => this.release(name, now)),
    ]);
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

  private change(name: string, text: string, now: number): Step {
    return {
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

  /** One may have to come before another. Of two versions that do not go together, the one that is there stays. */
  private doAll(steps: readonly Step[]): void {
    let left = steps;
    let problems: string[] = [];
    for (let before = Infinity; left.length < before;) {
      before = left.length;
      problems = [];
      left = left.filter(({ problem, take }) => {
        try {
          take();
          return false;
        } catch (error) {
          problems.push(`${problem}: ${failureLine(normaliseFailure(error))}`);
          return true;
        }
      });
    }
    for (const problem of problems) this.host.logger.error(problem);
  }

  private tellDisputes(): void {
    for (const { worker, options } of this.roster.disputes()) {
      const line = `Replicas declare worker "${worker}" with different ${options.join(', ')}: the newest applies, but that the stricter concurrency, conflicts, groups and dependencies of all do`;
      this.warnOnce(line);
    }
  }

  private warnOnce(line: string): void {
    if (this.told.has(line)) return;
    this.told.add(line);
    this.host.logger.warn(line);
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
