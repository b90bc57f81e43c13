import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import type { Arena } from './arena.js';
import type { Fault } from './fault.js';
import { NETWORK_FAULTS } from './network-faults.js';
import { PROCESS_FAULTS } from './process-faults.js';
import { STORE_FAULTS } from './store-faults.js';

export const FAULTS: readonly Fault[] = [...PROCESS_FAULTS, ...NETWORK_FAULTS, ...STORE_FAULTS];

/** Faults, and calm, for so long each. */
const SPELL_MS = 10_000;
/** Two things can go wrong at once. */
const HANDS = 2;
const MOST_STRIKES = 500;

interface Strike {
  readonly fault: Fault;
  readonly which: number;
  readonly strength: number;
  readonly restMs: number;
}

/**
 * Strikes for so long, in spells.
 *
 * @param seed the same one brings the same strikes; what comes of them is up to the machine
 */
export async function strikeFor(
  arena: Arena,
  seed: number,
  durationMs: number,
  tell: (what: string) => void,
): Promise<void> {
  const strikes = drawStrikes(arena, seed);
  const end = performance.now() + durationMs;
  while (performance.now() < end) {
    const spellEnd = Math.min(end, performance.now() + SPELL_MS);
    const hand = async (): Promise<void> => {
      while (performance.now() < spellEnd) {
        const strike = strikes.pop();
        if (strike === undefined) return;
        await sleep(strike.restMs);
        tell(`${strike.fault.name} (${strike.which.toFixed(2)}, ${strike.strength.toFixed(2)})`);
        await strike.fault.strike(arena, strike.which, strike.strength);
      }
    };
    await Promise.all(Array.from({ length: HANDS }, hand));
    await sleep(Math.max(0, Math.min(SPELL_MS, end - performance.now())));
  }
}

function drawStrikes({ store }: Arena, seed: number): Strike[] {
  const share = fc.integer({ min: 0, max: 999 }).map((thousandths) => thousandths / 1_000);
  const strike = fc.record({
    fault: fc.constantFrom(...FAULTS.filter((fault) => (fault.store ?? store.kind) === store.kind)),
    which: share,
    strength: share,
    restMs: fc.integer({ min: 0, max: 2_000 }),
  });
  return fc.sample(fc.noBias(strike), { seed, numRuns: MOST_STRIKES });
}
