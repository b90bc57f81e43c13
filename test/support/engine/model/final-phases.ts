import assert from 'node:assert/strict';
import { gates1to4 } from '../../core/model/model-gates.js';
import { assertAgreement } from './agreement.js';
import { control } from './moves.js';
import { SHUTDOWN_MS, type WatchedEngine } from './watched-engine.js';

const ROUND_MS = 10;
/** In which even the least run outranks whatever falls due later. */
const MOST_ROUNDS = 40;
const ROUNDS = 45;
const LONGEST_GRACE_MS = 5_000;
const HOUR_MS = 3_600_000;

/** Everything is on, and whatever is at work ends soon: whoever's own gates hold starts. */
export async function assertProgress(watched: WatchedEngine): Promise<void> {
  await switchOn(watched);
  const { model, bodies } = watched;
  bodies.areAllQuick = true;
  const roundsReady = new Map<string, number>();
  for (let round = 0; round < ROUNDS; round++) {
    endAll(watched);
    await watched.advance(ROUND_MS);
    // Whoever awaits a run inside his own may hold others back for as long as nobody triggers what that one depends on.
    const areAllSettling = [...bodies.all].every(({ body }) => body.awaited === undefined);
    for (const run of model.runs.values()) {
      const isReady =
        areAllSettling && run.status === 'waiting' && gates1to4(model, run).length === 0;
      const rounds = isReady ? (roundsReady.get(run.id) ?? 0) + 1 : 0;
      roundsReady.set(run.id, rounds);
      assert(rounds < MOST_ROUNDS, `I9: ${run.id} of ${run.worker.definition.name} starts`);
    }
  }
  await assertAgreement(watched);
  for (const { body } of bodies.all) {
    // Where the awaited run has a dependency that nobody triggers, it may wait for it.
    assert(body.awaited === undefined || model.runs.has(body.awaited), 'I19: a wait is over');
  }
  bodies.areAllQuick = false;
}

async function switchOn(watched: WatchedEngine): Promise<void> {
  const { model, engine } = watched;
  // Its shutdown has to end first.
  await watched.advance(SHUTDOWN_MS + LONGEST_GRACE_MS + 2_000);
  watched.start();
  model.isPaused = false;
  watched.call(engine.resumeAll());
  for (const worker of watched.registered()) {
    control(watched, worker, 'enable');
    control(watched, worker, 'resume');
  }
  await watched.rest();
}

/** They obey, at last. */
function endEverySecond({ bodies }: WatchedEngine): void {
  for (const [index, { body }] of [...bodies.all].entries()) {
    if (index % 2 === 0 && body.isIdle) body.tell({ settle: 'return' });
  }
}

function endAll({ bodies }: WatchedEngine): void {
  for (const { body } of bodies.all) if (body.isIdle) body.tell({ settle: 'return' });
}

/** Some functions never end, and it stops all the same: for good. */
export async function assertStops(watched: WatchedEngine): Promise<void> {
  const { clock, ledger, handles, model } = watched;
  // A moment, for bodies that will not end.
  await watched.advance(2 * ROUND_MS);
  const report = watched.stop();
  const abortedAt = clock.now() + SHUTDOWN_MS;
  const deadline = abortedAt + LONGEST_GRACE_MS + 2_000;
  while (watched.isStopping && clock.now() < deadline) {
    await watched.advance(ROUND_MS);
    if (clock.now() > abortedAt) endEverySecond(watched);
  }
  assert.equal(watched.isStopping, false, 'I11: stop() is over within its own deadline');
  for (const { id } of (await report).finished) {
    assert(ledger.endedInTime.has(id), `I14: the report says that ${id} ended by itself`);
  }
  assert.equal(clock.pending, 0, 'I11: no timer is left');
  assert.deepEqual([...model.runs.keys()], [], 'I6: every run has ended');
  assert.deepEqual(ledger.delayed, [], 'I6: every run has ended');
  handles.check(ledger.endings);
  await assertAgreement(watched);

  const events = ledger.log.filter((line) => line.includes('{'));
  endAll(watched);
  await watched.advance(HOUR_MS);
  const later = ledger.log.filter((line) => line.includes('{'));
  assert.deepEqual(later, events, 'I11, I14: nothing follows from what ends after the stop');
  handles.check(ledger.endings);
  assert.equal(clock.pending, 0, 'I11: no timer comes back');
}
