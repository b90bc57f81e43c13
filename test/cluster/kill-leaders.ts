import { setTimeout as sleep } from 'node:timers/promises';
import { claimedOnce, noneIsMissing } from './checker/due-instants.js';
import { judge, type Finding } from './checker/judge.js';
import { limitsHold, noConflictsOverlap } from './checker/overlaps.js';
import type { Fleet, Replica } from './fleet.js';
import { readHistory } from './history/history.js';
import type { Witness } from './history/witness.js';
import { leaderOf } from './leader.js';
import { PLAN } from './plan.js';

const CHECKED = [noConflictsOverlap, limitsHold, claimedOnce, noneIsMissing];
const ASK_EACH_MS = 100;
const LONGEST_INTERREGNUM_MS = 60_000;

/** After a leader has led for so long. */
export interface Reign {
  readonly leader: Replica;
  /** The leader's process; its replica may lead again, in another one. */
  readonly pid: number | undefined;
  /** Since the previous one was killed. */
  readonly interregnumMs: number;
  readonly attempts: number;
  /** What overlapped, began twice, or is missing, since the beginning. */
  readonly violations: readonly Finding[];
}

/** Lets each leader lead for so long, kills it, and starts its replica again. */
export async function* killLeaders(
  fleet: Fleet,
  witness: Witness,
  leadForMs: number,
): AsyncGenerator<Reign> {
  let killedAt = performance.now();
  for (;;) {
    const leader = await nextLeader(fleet);
    const { pid } = leader;
    const interregnumMs = Math.round(performance.now() - killedAt);
    await sleep(leadForMs);
    const history = readHistory(await witness.read(), PLAN);
    const violations = judge(history, CHECKED);
    yield { leader, pid, interregnumMs, attempts: history.attempts.length, violations };
    await leader.end('SIGKILL');
    killedAt = performance.now();
    await leader.start();
  }
}

/** @throws Error where nobody leads for long */
async function nextLeader(fleet: Fleet): Promise<Replica> {
  const end = performance.now() + LONGEST_INTERREGNUM_MS;
  while (performance.now() < end) {
    const leader = await leaderOf(fleet);
    if (leader !== undefined) return leader;
    await sleep(ASK_EACH_MS);
  }
  throw new Error('Nobody leads.');
}
