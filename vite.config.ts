import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Vite collects the licences of what the page is bundled from, but not of its web worker. */
const licencesOfTheWorker: Plugin = {
  name: 'licences-of-the-worker',
  generateBundle() {
    for (const name of ['dagre', 'graphlib']) {
      this.emitFile({
        type: 'asset',
        fileName: `licence-of-${name}.txt`,
        source: readFileSync(here(`./node_modules/@dagrejs/${name}/LICENSE`), 'utf8'),
      });
    }
  },
};

/** Builds the page of `nestjs-orchestrator/dashboard`, to where its module looks for it. */
export default defineConfig({
  root: here('./lib/dashboard/page'),
  // It stands below a path that is known at run time only.
  base: './',
  logLevel: 'warn',
  plugins: [licencesOfTheWorker],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: here('./dist/lib/dashboard/built-page'),
    emptyOutDir: true,
    target: 'es2022',
    cssCodeSplit: false,
    // Its policy forbids what is inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    license: { fileName: 'licences.md' },
  },
  worker: { format: 'es' },
});
