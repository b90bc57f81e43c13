import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { temporaryFolder } from './temporary-folder.js';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Compiles the sample and the library as they are now, into a folder of their own.
 *
 * @returns the script for `node`
 */
export async function buildSample(): Promise<string> {
  const folder = temporaryFolder();
  symlinkSync(join(REPOSITORY, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  await build({
    configFile: false,
    root: REPOSITORY,
    logLevel: 'warn',
    resolve: { tsconfigPaths: true },
    build: { ssr: 'sample-app/main.ts', outDir: join(folder, 'dist'), emptyOutDir: true },
  });
  return join(folder, 'dist', 'main.js');
}
