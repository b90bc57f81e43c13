import { spawnSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { postgresBinaries, type PostgresBinaries } from './postgres-binaries.js';
import { ServerProcess } from './server-process.js';

const PASSWORD = 'postgres';

/**
 * A commit is in the hands of the operating system before it is acknowledged, so that it outlives a killed server. That
 * it outlives a power cut as well is left out: no test cuts the power.
 */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '400',
  synchronous_commit: 'on',
  fsync: 'off',
};

/** Starts a PostgreSQL server with an empty database. */
export async function startPostgres(): Promise<ServerProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'orchestrator-postgres-'));
  const binaries = await postgresBinaries(folder);
  if (binaries.user) chownSync(folder, binaries.user.uid, binaries.user.gid);
  const data = join(folder, 'data');
  initialise(binaries, folder, data);
  const port = await freePort();
  const settings = Object.entries({ ...SETTINGS, port: String(port) });
  const server = new ServerProcess({
    binary: binaries.postgres,
    args: ['-D', data, ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    ...(binaries.user && { user: binaries.user }),
    url: `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/postgres`,
    port,
    folder,
  });
  await server.start();
  return server;
}

function initialise({ initdb, user }: PostgresBinaries, folder: string, data: string): void {
  const password = join(folder, 'password');
  writeFileSync(password, PASSWORD);
  const options = ['--username=postgres', `--pwfile=${password}`, '--auth=scram-sha-256'];
  const { status, stderr, error } = spawnSync(
    initdb,
    [`--pgdata=${data}`, ...options, '--encoding=UTF8', '--locale=C', '--no-sync'],
    { cwd: folder, encoding: 'utf8', ...user },
  );
  rmSync(password);
  if (status !== 0) {
    throw new Error(`PostgreSQL could not set up its data: ${error?.message ?? stderr}`);
  }
}
