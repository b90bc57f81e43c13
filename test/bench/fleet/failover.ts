import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Told } from './failover-replica.js';

const REPLICAS = 3;
const KILLS = 5;
const REPLICA = fileURLToPath(new URL('failover-replica.js', import.meta.url));

/** For each kill of the leader: until a run begins that the next one has decided. */
export async function failoversMs(url: string, prefix: string, leaseMs: number): Promise<number[]> {
  const fleet = new Set<ChildProcess>();
  let leader: string | undefined;
  let onBegan = (): void => undefined;
  const memberCalled = (name: string | undefined): ChildProcess | undefined =>
    [...fleet].find(({ pid }) => name?.includes(`-${pid}-`));
  const join = (): void => {
    const replica = fork(REPLICA, [url, prefix, String(leaseMs)]);
    fleet.add(replica);
    replica.on('message', (told: Told) => {
      if (told !== 'began') {
        // Who is slow to hear may tell of one that was killed meanwhile.
        if (memberCalled(told.leader) !== undefined) leader = told.leader;
      } else if (leader !== undefined) onBegan();
    });
  };
  const began = (): Promise<void> => new Promise((resolve) => (onBegan = resolve));
  for (let k = 0; k < REPLICAS; k++) join();
  const failovers: number[] = [];
  await began();
  while (failovers.length < KILLS) {
    const replica = memberCalled(leader);
    if (replica === undefined) throw new Error(`Nobody knows the leader ${leader}.`);
    leader = undefined;
    replica.kill('SIGKILL');
    const killedAt = performance.now();
    fleet.delete(replica);
    await began();
    failovers.push(performance.now() - killedAt);
    join();
  }
  const gone = [...fleet].map((replica) => once(replica, 'exit'));
  for (const replica of fleet) replica.kill();
  await Promise.all(gone);
  return failovers;
}
