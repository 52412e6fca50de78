import { defineConfig } from 'vitest/config';

// `unit` is the gate (`npm run ok`): files share a thread's modules, which no test changes. `laws` holds every remedy to its law over
// all fixtures; `cli` runs the built program; the others need a real API server, a browser or npm (`npm test`).
const laws = 'src/plan/remedy-law.test.ts';

const setupFiles = ['tests/properties.ts'];

export default defineConfig({
  test: {
    // The default leaves one of two cores idle.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'unit',
          setupFiles,
          include: ['src/**/*.test.ts', 'tests/golden/**/*.test.ts'],
          exclude: [laws],
          pool: 'threads',
          isolate: false,
          testTimeout: 30_000,
        },
      },
      { test: { name: 'laws', setupFiles, include: [laws], testTimeout: 60_000 } },
      {
        test: {
          name: 'cli',
          setupFiles,
          include: ['tests/cli/**/*.test.ts'],
          globalSetup: 'tests/cli/bundle.ts',
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'testbed',
          setupFiles: [...setupFiles, 'tests/testbed/own-folder.ts'],
          include: ['tests/testbed/**/*.test.ts'],
          testTimeout: 240_000,
          hookTimeout: 240_000,
          pool: 'forks',
        },
      },
      {
        test: {
          name: 'browser',
          setupFiles,
          include: ['tests/browser/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'packaging',
          setupFiles,
          include: ['tests/packaging/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
