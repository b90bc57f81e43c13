import type { WorkerDefinition } from '../../core/definition/worker-definition.js';
import type { WorkerOptions } from '../../core/definition/worker-options.js';
import { definitionOf, textOf, type Declarations, type Introduction } from './declaration.js';

/** Made by a call, it outlasts leaders and replicas, until the application itself declares the worker otherwise. */
interface Update {
  readonly text: string;
  /** All that calls had changed by then. */
  readonly options: WorkerOptions;
  /** What was declared at that time. */
  readonly basis: string;
}

/** What the next leader needs to know. */
export interface RosterImage {
  readonly declared: Readonly<Record<string, string>>;
  readonly updates: Readonly<Record<string, Update>>;
}

/** Of one worker, what replicas of different versions declare. */
interface Dispute {
  readonly worker: string;
  readonly options: readonly string[];
}

/** What the former leader went by, until each replica that is still there has told what it has. */
const REMEMBERED = '';

/** The workers of all replicas together. */
export class Roster {
  private readonly byReplica = new Map<string, Introduction>();
  private readonly updates = new Map<string, Update>();

  /** @param revision of its workers, or of any where it does not matter */
  knows(replica: string, revision = 0): boolean {
    return (this.byReplica.get(replica)?.revision ?? -1) >= revision;
  }

  /** @returns `false` where a later one is known */
  introduce(introduction: Introduction): boolean {
    const { replica, revision } = introduction;
    if (this.knows(replica, revision + 1)) return false;
    this.byReplica.set(replica, introduction);
    return true;
  }

  /** Forgets all others. @returns whether there were any */
  retain(replicas: ReadonlySet<string>): boolean {
    const gone = [...this.byReplica.keys()].filter((replica) => !replicas.has(replica));
    for (const replica of gone) this.byReplica.delete(replica);
    return gone.length > 0;
  }

  update(definition: WorkerDefinition, options: WorkerOptions): true {
    const { name } = definition;
    this.updates.set(name, { text: textOf(definition), options, basis: this.basisOf(name) });
    return true;
  }

  /** What calls have changed, as far as it applies. */
  updatesOf(name: string): WorkerOptions {
    return this.updates.get(name)?.options ?? {};
  }

  /** What each worker is taken for, as text: what the replicas declare, or what it was updated to since. */
  agreed(): Map<string, string> {
    const agreed = this.declared();
    for (const [name, { text, basis }] of this.updates) {
      if (agreed.has(name) && this.basisOf(name) === basis) agreed.set(name, text);
      else this.updates.delete(name);
    }
    return agreed;
  }

  /** What replicas declare of it, but for the dependencies, which are those of the newest alone. */
  withNewestDependencies(name: string): string {
    const texts = this.textsOf(name);
    const [newest = ''] = texts;
    const { dependsOn } = definitionOf(newest);
    return textOf({ ...definitionOf(strictest(texts)), dependsOn });
  }

  disputes(): Dispute[] {
    return this.names().flatMap((worker) => {
      const texts = this.textsOf(worker);
      return texts.length > 1 ? [{ worker, options: differences(texts.map(definitionOf)) }] : [];
    });
  }

  image(): RosterImage {
    return {
      declared: Object.fromEntries(this.declared()),
      updates: Object.fromEntries(this.updates),
    };
  }

  recall({ declared, updates }: RosterImage): void {
    const declarations = Object.entries(declared).map(([name, text]) => [name, { text, at: 0 }]);
    this.byReplica.set(REMEMBERED, {
      replica: REMEMBERED,
      revision: 0,
      declarations: Object.fromEntries(declarations) as Declarations,
    });
    for (const [name, update] of Object.entries(updates)) this.updates.set(name, update);
  }

  private declared(): Map<string, string> {
    return new Map(this.names().map((name) => [name, strictest(this.textsOf(name))]));
  }

  private names(): string[] {
    const introductions = [...this.byReplica.values()];
    return [...new Set(introductions.flatMap(({ declarations }) => Object.keys(declarations)))];
  }

  /** Those that differ, the newest first. */
  private textsOf(name: string): string[] {
    const declarations = [...this.byReplica.values()]
      .map(({ declarations: all }) => (Object.hasOwn(all, name) ? all[name] : undefined))
      .filter((declaration) => declaration !== undefined)
      .sort((one, other) => other.at - one.at);
    return [...new Set(declarations.map(({ text }) => text))];
  }

  private basisOf(name: string): string {
    return this.textsOf(name).toSorted().join('\n');
  }
}

/** The newest, but that nothing may run that any of them forbids. */
function strictest(texts: readonly string[]): string {
  const [newest = ''] = texts;
  if (texts.length === 1) return newest;
  const all = texts.map(definitionOf);
  const union = (option: 'blocks' | 'groups'): string[] => [
    ...new Set(all.flatMap((definition) => definition[option])),
  ];
  const dependencies = all.flatMap(({ dependsOn }) => dependsOn);
  const dependsOn = new Map(dependencies.toReversed().map((each) => [each.worker, each]));
  return textOf({
    ...definitionOf(newest),
    blocks: union('blocks'),
    groups: union('groups'),
    dependsOn: [...dependsOn.values()],
    concurrency: Math.min(...all.map(({ concurrency }) => concurrency)),
  });
}

function differences(definitions: readonly WorkerDefinition[]): string[] {
  const options = new Set(definitions.flatMap((each) => Object.keys(each))) as Set<
    keyof WorkerDefinition
  >;
  const isDisputed = (option: keyof WorkerDefinition): boolean =>
    new Set(definitions.map((each) => JSON.stringify(each[option]))).size > 1;
  return [...options].filter(isDisputed);
}
