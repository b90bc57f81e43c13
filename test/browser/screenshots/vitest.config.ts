import { defineConfig } from 'vitest/config';

/** Pictures of the main views, for the README. */
export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: {
    include: ['test/browser/screenshots/*.shots.ts'],
    globalSetup: 'test/support/browser/global-setup.ts',
    pool: 'forks',
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
