import { symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { temporaryFolder } from './temporary-folder.js';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Compiles a program and the library as they are now, into a folder of their own.
 *
 * @param entry its path in the repository
 * @returns the script for `node`
 */
export async function builtScript(entry: string): Promise<string> {
  const folder = temporaryFolder();
  symlinkSync(join(REPOSITORY, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  await build({
    configFile: false,
    root: REPOSITORY,
    logLevel: 'warn',
    resolve: { tsconfigPaths: true },
    build: { ssr: entry, outDir: join(folder, 'dist'), emptyOutDir: true },
  });
  return join(folder, 'dist', basename(entry, '.ts') + '.js');
}
