import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

// Tests start some thousand threads and processes: each would take the types out of the same files again.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules/.cache/compiled');

const END_TO_END = 'packages/standalone/src/end-to-end/**/*.test.ts';
/** Kill, stop and replace processes under load, and say what becomes of it in time. */
const UNDER_FAULTS = ['canary', 'faults', 'home-rows', 'published-supergraph', 'subscriptions'].map(
  (name) => `packages/standalone/src/end-to-end/${name}.test.ts`,
);

export default defineConfig({
  resolve: {
    // One copy of graphql: without this, vite picks the ESM build while CommonJS Apollo packages load
    // the other, and every instanceof check fails with "another module or realm".
    alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }],
  },
  test: {
    environment: 'node',
    setupFiles: ['packages/testkit/src/property-seed.ts'],
    // Some tests load onnxruntime themselves, which would report on it.
    env: { ORT_DISABLE_TELEMETRY: '1' },
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // V8 compiles anew what WebAssembly calls after a thousand calls, and with many threads that come and go has ended the whole
    // process over what it frees then (`jit_page.has_value()`, nodejs/node#64500). It is only ever more quickly called.
    execArgv: ['--wasm-wrapper-tiering-budget=1000000000'],
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
          exclude: ['**/node_modules/**', ...UNDER_FAULTS],
          // Much of their time is waiting for processes that start one after the other.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'end to end under faults',
          include: UNDER_FAULTS,
          // Real processes with real deadlines: one at a time, after everything else, so that none is late for want of a core.
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
