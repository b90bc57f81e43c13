/**
 * Plays 200 000 random sequences, in batches of the size of an ordinary run, each from a seed of its own.
 *
 *   npm run test:soak [-- --seed 123 --from 17 --batches 100]
 *
 * It prints how to go on where it was interrupted, and how to repeat the batch that failed.
 */
import { spawnSync } from 'node:child_process';
import console from 'node:console';
import { randomInt } from 'node:crypto';
import process from 'node:process';
import { parseArgs } from 'node:util';

const PROPERTIES = ['test/core/properties', 'test/engine/properties'];
const SEQUENCES_EACH = 2_000;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(randomInt(2 ** 30)) },
    from: { type: 'string', default: '1' },
    batches: { type: 'string', default: '100' },
  },
});
const [seed, from, batches] = [values.seed, values.from, values.batches].map(Number);

for (let batch = from; batch <= batches; batch++) {
  console.info(`Batch ${batch} of ${batches}; to go on here: --seed ${seed} --from ${batch}`);
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['node_modules/vitest/vitest.mjs', 'run', ...PROPERTIES],
    { env: { ...process.env, PROPERTY_SEED: String(seed + batch) }, encoding: 'utf8' },
  );
  if (status !== 0) {
    console.error(stdout, stderr);
    console.error(
      `Repeat with: PROPERTY_SEED=${seed + batch} npx vitest run ${PROPERTIES.join(' ')}`,
    );
    process.exitCode = 1;
    break;
  }
  console.info(`${(batch * SEQUENCES_EACH).toLocaleString('en')} sequences passed.`);
}
