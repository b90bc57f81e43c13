import { useMemo } from 'preact/hooks';
import { workers } from '../state/board.js';
import { keyOf } from './graph-lines.js';
import type { Line } from './graph-shape.js';

interface Holds {
  /** Between workers in conflict, which may not be drawn otherwise. */
  readonly conflicts: readonly Line[];
  /** Of each line along which somebody is held back, either way round. */
  readonly keys: ReadonlySet<string>;
}

/** Who holds whom back now; the same objects as long as that stays. */
export function useHolds(): Holds {
  const conflicts: Line[] = [];
  const lines: Line[] = [];
  for (const { name, waitingFor } of workers.value.values()) {
    if (waitingFor?.heldBy === undefined) continue;
    const line = { from: waitingFor.heldBy, to: name };
    if (waitingFor.reason === 'DEPENDENCY') lines.push(line);
    if (waitingFor.reason === 'BLOCKED') {
      conflicts.push(line);
      lines.push(line, { from: line.to, to: line.from });
    }
  }
  const key = lines.map(keyOf).join();
  return useMemo(() => ({ conflicts, keys: new Set(lines.map(keyOf)) }), [key]);
}
