import assert from 'node:assert/strict';
import { interleaved, type EngineCommand } from './engine-command.js';
import type { EnginePlan } from './engine-plan.js';
import { assertNothingEscaped } from './escapes.js';
import { withoutPrefixes } from './event-line.js';
import { assertProgress, assertStops } from './final-phases.js';
import { followCommands } from './follow-commands.js';
import { WatchedEngine } from './watched-engine.js';

export interface Sequence {
  readonly plan: EnginePlan;
  readonly commands: readonly EngineCommand[];
  /** Draws the order of what could happen at once. */
  readonly interleaving: number;
}

interface Played {
  readonly watched: WatchedEngine;
  /** Everything that happened; the same in every process. */
  readonly log: readonly string[];
  readonly fault: unknown;
}

/** Of those that pass, one in so many is played twice. */
const PLAYED_TWICE = 50;
let passed = 0;

/** Does everything, lets everything end, and stops: as the model says it must. */
export async function play(sequence: Sequence): Promise<void> {
  const { log, fault } = await attempt(sequence);
  if (fault !== undefined || ++passed % PLAYED_TWICE === 0) {
    const again = await attempt(sequence);
    assert.deepEqual(again.log, log, 'I18: the same sequence gives the same');
  }
  if (fault !== undefined) throw fault;
}

/** What happens, where it is compared with what happens otherwise. */
export async function logOf(sequence: Sequence): Promise<string> {
  const { log, fault } = await attempt(sequence);
  if (fault !== undefined) throw fault;
  return log.join('\n');
}

/** Every attempt, and when it started. @param between called after each command that lets time pass */
export async function startsOf(
  sequence: Sequence,
  between?: (watched: WatchedEngine) => void,
): Promise<unknown> {
  const { watched, fault } = await attempt(sequence, between);
  if (fault !== undefined) throw fault;
  return watched.ledger.starts;
}

async function attempt(
  { plan, commands, interleaving }: Sequence,
  between?: (watched: WatchedEngine) => void,
): Promise<Played> {
  const watched = new WatchedEngine(plan, interleaved(interleaving));
  let fault: unknown;
  try {
    await watched.begin();
    await followCommands(watched, commands, () => between?.(watched));
    await assertProgress(watched);
    await assertStops(watched);
    await assertNothingEscaped();
  } catch (error) {
    fault = error;
  }
  return { watched, log: watched.ledger.log.map(withoutPrefixes), fault };
}
