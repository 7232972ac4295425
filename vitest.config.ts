import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const END_TO_END = 'packages/standalone/src/end-to-end/**/*.test.ts';

export default defineConfig({
  resolve: {
    // One copy of graphql: without this, vite picks the ESM build while CommonJS Apollo packages load
    // the other, and every instanceof check fails with "another module or realm".
    alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }],
  },
  test: {
    environment: 'node',
    testTimeout: 20_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit and contract',
          include: ['{gateway,subgraphs,workers,packages,schema,bench,docker}/**/*.test.ts'],
          exclude: ['**/node_modules/**', END_TO_END],
          // Vitest would leave a core free, which on two cores is half of the machine.
          maxWorkers: Math.max(2, availableParallelism() - 1),
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'end to end',
          include: [END_TO_END],
          // Real processes with real deadlines: one at a time, after everything else, so that none is late for want of a core.
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
