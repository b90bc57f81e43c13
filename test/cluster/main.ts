import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { play, type Round } from './campaign.js';
import { CHECKS, judge } from './checker/judge.js';
import type { StoreKind } from './nemesis/store-admin.js';

/*
 *   npm run test:chaos [-- --store redis --seed 7 --rounds 20 --seconds 60]
 *
 * Plays rounds of faults on real processes and servers, each from a seed of its own, and judges what a witness has seen.
 * Without --store, each is played on both at once.
 */

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(randomInt(2 ** 30)) },
    store: { type: 'string', multiple: true, default: ['redis', 'postgres'] },
    rounds: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '60' },
    verbose: { type: 'boolean', default: false },
  },
});
/** Of each invariant. */
const MOST_SHOWN = 5;
let failures = 0;

for (let round = 0; round < Number(values.rounds); round++) {
  const played = (values.store as StoreKind[]).map((store) =>
    playAndJudge({ seed: Number(values.seed) + round, store, seconds: Number(values.seconds) }),
  );
  for (const violations of await Promise.all(played)) failures += violations;
}
// Node may wait for ever for what became of connections that were broken in many ways.
process.exit(failures === 0 ? 0 : 1);

/** @returns how many violations nothing excuses */
async function playAndJudge(round: Round): Promise<number> {
  const { seed, store, seconds } = round;
  const repeat = `--store ${store} --seed ${seed} --seconds ${seconds}`;
  const began = performance.now();
  const history = await play(round, (what) => {
    if (!values.verbose) return;
    const seconds = ((performance.now() - began) / 1_000).toFixed(1);
    console.info(`${store.padEnd(8)} ${seconds.padStart(6)} s  ${what}`);
  });
  const log = join(tmpdir(), `orchestrator-chaos-${store}-${seed}.jsonl`);
  writeFileSync(log, history.events.map((event) => `${JSON.stringify(event)}\n`).join(''));

  const findings = judge(history);
  const violations = findings.filter(({ isExcused }) => !isExcused);
  console.info(`\n=== ${repeat} ===`);
  console.info(`${history.attempts.length} attempts, ${history.troubles.length} troubles; ${log}`);
  for (const { id, says } of CHECKS) {
    const of = findings.filter((finding) => finding.id === id);
    const excused = of.filter(({ isExcused }) => isExcused).length;
    const count = of.length - excused;
    console.info(
      `${id.padEnd(4)}${String(count).padStart(4)}, excused ${String(excused).padStart(3)}  ${says}`,
    );
    for (const { what, at } of of.filter(({ isExcused }) => !isExcused).slice(0, MOST_SHOWN)) {
      console.error(`      ${new Date(at).toISOString().slice(11, 23)} ${what}`);
    }
  }
  if (violations.length > 0) console.error(`Repeat with: npm run test:chaos -- ${repeat}`);
  return violations.length;
}
