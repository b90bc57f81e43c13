import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

/** Builds the page of `nestjs-orchestrator/dashboard`, to where its module looks for it. */
export default defineConfig({
  root: fileURLToPath(new URL('./lib/dashboard/page', import.meta.url)),
  // It stands below a path that is known at run time only.
  base: './',
  logLevel: 'warn',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: fileURLToPath(new URL('./dist/lib/dashboard/built-page', import.meta.url)),
    emptyOutDir: true,
    target: 'es2022',
    cssCodeSplit: false,
    // Its policy forbids what is inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  worker: { format: 'es' },
});
