import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { redisBinary } from './redis-binary.js';
import { ServerProcess } from './server-process.js';

/** What the append-only file keeps of what was acknowledged; `'off'` has none. */
export type Persistence = 'always' | 'everysec' | 'off';

/** Starts a Redis or Valkey server; by default it forgets nothing that it has acknowledged. */
export async function startRedis(persistence: Persistence = 'always'): Promise<ServerProcess> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'orchestrator-redis-'));
  const settings = {
    port: String(port),
    bind: '127.0.0.1',
    dir: folder,
    save: '',
    appendonly: persistence === 'off' ? 'no' : 'yes',
    appendfsync: persistence === 'off' ? 'no' : persistence,
    'maxmemory-policy': 'noeviction',
  };
  const server = new ServerProcess({
    binary: redisBinary(),
    args: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
    url: `redis://127.0.0.1:${port}`,
    port,
    folder,
  });
  await server.start();
  return server;
}
