import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { temporaryFolder } from './temporary-folder.js';

const CONFIG = fileURLToPath(new URL('../../vite.config.ts', import.meta.url));

let folder: Promise<string> | undefined;

/** @returns the folder of the page, built as it is now */
export function builtPage(): Promise<string> {
  folder ??= buildPage(temporaryFolder());
  return folder;
}

export async function buildPage(outDir: string): Promise<string> {
  await build({ configFile: CONFIG, build: { outDir } });
  return outDir;
}
