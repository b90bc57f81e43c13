import { assertAgreement } from './agreement.js';
import type { Barrier, EngineCommand } from './engine-command.js';
import type { LiveBody } from './live-bodies.js';
import { makeMove, pick } from './moves.js';
import type { WatchedEngine } from './watched-engine.js';

const WEEKS_MS = 2 ** 31;

/** Does it all; what stands between two barriers in an order that is drawn. */
export async function followCommands(
  watched: WatchedEngine,
  commands: readonly EngineCommand[],
  afterEach: () => void = () => undefined,
): Promise<void> {
  for (const command of commands) {
    if (!isBarrier(command)) {
      watched.call(
        watched.turn(command.do).then(() => {
          makeMove(watched, command);
        }),
      );
      continue;
    }
    await watched.rest();
    await assertAgreement(watched);
    await passBarrier(watched, command);
    await assertAgreement(watched);
    afterEach();
  }
  await watched.rest();
  await assertAgreement(watched);
}

function isBarrier(command: EngineCommand): command is Barrier {
  return ['advance', 'advance-weeks', 'stall', 'wall-jump', 'late-settle'].includes(command.do);
}

async function passBarrier(watched: WatchedEngine, command: Barrier): Promise<void> {
  switch (command.do) {
    case 'advance':
      await watched.advance(command.ms);
      return;
    case 'stall':
      watched.clock.stall(command.ms);
      await watched.rest();
      return;
    case 'wall-jump':
      jumpWall(watched, command.ms);
      return;
    case 'advance-weeks':
      await advanceWeeks(watched);
      return;
    case 'late-settle':
      await settleLate(watched, pick(aborted(watched), command.pick));
  }
}

export function jumpWall(watched: WatchedEngine, ms: number): void {
  const { clock, ledger, model } = watched;
  clock.jumpWall(ms);
  for (const worker of model.workers.values()) {
    if (worker.definition.schedule.kind === 'cron') ledger.account.loseStep(worker);
  }
}

/** Nothing periodic may go on meanwhile: it would never be over. */
async function advanceWeeks(watched: WatchedEngine): Promise<void> {
  const { model, engine } = watched;
  if (watched.registered().some(({ definition }) => definition.schedule.kind === 'cron')) return;
  const wasPaused = model.isPaused;
  model.isPaused = true;
  watched.call(engine.pauseAll());
  await watched.advance(WEEKS_MS);
  if (wasPaused) return;
  model.isPaused = false;
  watched.call(engine.resumeAll());
  await watched.rest();
}

/** What was told to abort ends at last: nothing is counted, no handle settles. */
async function settleLate(watched: WatchedEngine, live: LiveBody | undefined): Promise<void> {
  if (live === undefined) return;
  const { endings } = watched.ledger;
  const { run } = live.attempt;
  const before = endings.get(run.id);
  live.body.isStubborn = false;
  live.body.tell({ settle: 'throw' });
  await watched.rest();
  if (before !== undefined && endings.get(run.id) !== before) {
    throw new Error(`I14: ${run.id} ended ${before}, and once more`);
  }
}

function aborted({ bodies }: WatchedEngine): LiveBody[] {
  return [...bodies.all].filter(({ body, attempt }) => body.isIdle && attempt.phase !== 'running');
}
