import { defineConfig } from 'vitest/config';

/** Tests of these need servers, which are started once for all of them, and only when one of them is run. */
const ON_SERVERS = ['test/cluster/**', 'test/conformance/**', 'test/servers/**'];

/** These need Chromium, which is installed or asked for once, and only when one of them is run. */
const IN_A_BROWSER = ['test/browser/**'];

export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: {
    pool: 'forks',
    // Many of them wait for servers, browsers and processes.
    maxWorkers: '100%',
    testTimeout: 30_000,
    coverage: { include: ['lib/**'] },
    projects: [
      {
        extends: true,
        test: {
          name: 'alone',
          include: ['test/**/*.test.ts'],
          exclude: ['test/package/**', ...ON_SERVERS, ...IN_A_BROWSER],
        },
      },
      {
        extends: true,
        test: {
          name: 'on-servers',
          include: ON_SERVERS.map((folder) => `${folder}/*.test.ts`),
          globalSetup: 'test/support/servers/global-setup.ts',
        },
      },
      {
        extends: true,
        test: {
          name: 'in-a-browser',
          include: IN_A_BROWSER.map((folder) => `${folder}/*.test.ts`),
          globalSetup: 'test/support/browser/global-setup.ts',
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
