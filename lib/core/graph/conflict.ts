import type { WorkerDefinition } from '../definition/worker-definition.js';

type Party = Pick<WorkerDefinition, 'name' | 'blocks' | 'tags'>;

/** Whether the two may never overlap: symmetric, whichever of them says so. */
export function inConflict(one: Party, other: Party): boolean {
  return one.name !== other.name && (names(one, other) || names(other, one));
}

export function blocksEverything(party: Party): boolean {
  return party.blocks.includes('*');
}

function names(one: Party, other: Party): boolean {
  return (
    blocksEverything(one) ||
    one.blocks.includes(other.name) ||
    other.tags.some((tag) => one.blocks.includes(`tag:${tag}`))
  );
}
