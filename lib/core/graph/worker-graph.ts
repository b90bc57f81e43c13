import type { JobPriority } from '../priority.js';
import type { DependencyCondition } from '../definition/worker-options.js';
import type { WorkerDefinition } from '../definition/worker-definition.js';
import { conflictPairs } from './conflict.js';

/** @publicApi */
export interface GraphNode {
  readonly name: string;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly groups: readonly string[];
  readonly priority: JobPriority;
}

/** `from` must have done its part before `to` starts, or the two never overlap. @publicApi */
export type GraphEdge =
  | {
      readonly kind: 'dependency';
      readonly from: string;
      readonly to: string;
      readonly condition: DependencyCondition;
    }
  | { readonly kind: 'conflict'; readonly from: string; readonly to: string };

/** Workers, dependencies and conflicts. @publicApi */
export class WorkerGraph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];

  constructor(workers: readonly WorkerDefinition[]) {
    this.nodes = workers.map(({ name, description, tags, groups, priority }) => ({
      name,
      ...(description !== undefined && { description }),
      tags,
      groups,
      priority,
    }));
    this.edges = [...workers.flatMap(dependencyEdges), ...conflictEdges(workers)];
  }

  /** This one and another, nothing of which has to do with it. */
  beside({ nodes, edges }: WorkerGraph): WorkerGraph {
    return Object.assign(new WorkerGraph([]), {
      nodes: [...this.nodes, ...nodes],
      edges: [...this.edges, ...edges],
    });
  }

  /** A Mermaid flowchart: arrows for dependencies, crossed lines for conflicts. */
  toMermaid(): string {
    const ids = new Map(this.nodes.map(({ name }, index) => [name, `w${String(index)}`]));
    const idOf = (name: string): string => ids.get(name) ?? '';
    return [
      'flowchart LR',
      ...this.nodes.map(({ name }) => `  ${idOf(name)}["${mermaidText(name)}"]`),
      ...this.edges.map(({ kind, from, to }) =>
        kind === 'dependency'
          ? `  ${idOf(from)} --> ${idOf(to)}`
          : `  ${idOf(from)} x-.-x ${idOf(to)}`,
      ),
    ].join('\n');
  }
}

function dependencyEdges({ name, dependsOn }: WorkerDefinition): GraphEdge[] {
  return dependsOn.map(({ worker, condition }) => ({
    kind: 'dependency',
    from: worker,
    to: name,
    condition,
  }));
}

function conflictEdges(workers: readonly WorkerDefinition[]): GraphEdge[] {
  return conflictPairs(workers).map(([one, other]) => ({
    kind: 'conflict',
    from: one.name,
    to: other.name,
  }));
}

/** `#` opens an entity in Mermaid; names hold no quotes or brackets. */
function mermaidText(name: string): string {
  return name.replaceAll('#', '#35;');
}
