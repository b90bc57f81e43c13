import { setTimeout as sleep } from 'node:timers/promises';
import { startRedis } from '../support/servers/redis-server.js';
import { BUILT_REPLICA, Fleet, type Replica } from './fleet.js';
import type { Phase } from './history/event.js';
import { readHistory, type History } from './history/history.js';
import { Witness } from './history/witness.js';
import { Arena } from './nemesis/arena.js';
import { strikeFor } from './nemesis/nemesis.js';
import { startStore, type StoreKind } from './nemesis/store-admin.js';
import { PLAN } from './plan.js';

const USUAL_SIZE = 3;
const LARGEST_SIZE = 4;
const CALM_MS = 5_000;
const QUIET_MS = 10 * PLAN.leaseMs;
const TICKET_EACH_MS = 300;
const LAST_ASKED_MS = 2_000;
/** The longest body, and what it takes to hear of its end. */
const LAST_ENDS_MS = 5_000;

export interface Round {
  readonly seed: number;
  readonly store: StoreKind;
  /** How long the faults last. */
  readonly seconds: number;
}

/** Calm, faults, quiet, one last look: what the witness has seen of it. */
export async function play(
  { seed, store: kind, seconds }: Round,
  tell: (what: string) => void,
): Promise<History> {
  const witnessServer = await startRedis('off');
  const store = await startStore(kind);
  const witness = new Witness(witnessServer.url);
  const settings = {
    command: BUILT_REPLICA,
    storeUrl: store.server.url,
    storePort: store.server.port,
    witnessUrl: witnessServer.url,
    prefix: `chaos_${seed}`,
  };
  const fleet = await Fleet.of(LARGEST_SIZE, settings, witness);
  const arena = new Arena(fleet, store, PLAN, witness, USUAL_SIZE);
  const over = new AbortController();
  const enter = async (name: Phase): Promise<void> => {
    tell(`-- ${name}`);
    await witness.write({ is: 'phase', name });
  };
  try {
    await fleet.scaleTo(USUAL_SIZE);
    const supervision = fleet.keepUp(() => arena.size, over.signal);
    const asking = askForTickets(arena, over.signal);

    await enter('calm');
    await sleep(CALM_MS);
    await witness.write({ is: 'census', when: 'before', ...(await store.admin.census()) });

    await enter('faults');
    await strikeFor(arena, seed, seconds * 1_000, tell);

    for (const replica of fleet.replicas) replica.setClock(0);
    arena.size = USUAL_SIZE;
    await fleet.scaleTo(USUAL_SIZE);
    await enter('quiet');
    await sleep(QUIET_MS / 2);
    await witness.write({ is: 'census', when: 'settled', ...(await store.admin.census()) });
    await sleep(QUIET_MS / 2);
    over.abort();
    await Promise.all([supervision, asking]);
    // What was asked for in the last moment is accepted and begins before everything is held.
    await sleep(LAST_ASKED_MS);

    await enter('paused');
    await fleet.up[0]?.reply('done', { do: 'pause' });
    await sleep(LAST_ENDS_MS);
    for (const replica of fleet.up) await reportOf(replica, witness);
    await witness.write({ is: 'census', when: 'after', ...(await store.admin.census()) });
    return readHistory(await witness.read(), PLAN);
  } finally {
    over.abort();
    await fleet.close();
    witness.close();
    await Promise.all([store.server.close(), witnessServer.close()]);
  }
}

async function reportOf(replica: Replica, witness: Witness): Promise<void> {
  const report = await replica.report();
  if (report === undefined) {
    await witness.write({ is: 'crash', replica: replica.name, text: 'It does not answer.' });
  } else {
    await witness.write({ is: 'report', ...report });
  }
}

/** Of one replica after the other, whatever happens to it. */
async function askForTickets({ fleet }: Arena, signal: AbortSignal): Promise<void> {
  for (let ticket = 0; !signal.aborted; ticket++) {
    const { up } = fleet;
    up[ticket % Math.max(1, up.length)]?.order({ do: 'trigger', ticket });
    await sleep(TICKET_EACH_MS, undefined, { signal }).catch(() => undefined);
  }
}
