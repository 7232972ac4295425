/**
 * Exact search as a caller sees it: message to the worker and back included. Medians in milliseconds.
 *
 *   node packages/vector-index/bench/exact-search.ts [points]
 */
import { createRandom } from '@marquee/domain';
import { silentLogger } from '@marquee/service-kit';
import { createExactVectorIndex } from '../src/exact/index.ts';
import type { VectorFilter, VectorPoint, VectorQuery } from '../src/index.ts';

const DIMENSIONS = 64;
const COUNT = Number(process.argv[2] ?? 500_000);
const random = createRandom(1);
const print = (line: string): boolean => process.stdout.write(`${line}\n`);
const vector = (): Float32Array => Float32Array.from({ length: DIMENSIONS }, () => random.next() - 0.5);

const index = createExactVectorIndex({ dimensions: DIMENSIONS, logger: silentLogger });
await index.start();
const filledAt = performance.now();
for (let from = 0; from < COUNT; from += 10_000) {
  const points = Array.from(
    { length: Math.min(10_000, COUNT - from) },
    (_, i): VectorPoint => ({
      id: `t${from + i}`,
      vector: vector(),
      payload: {
        genreIds: [`g${random.integer(20)}`, `g${random.integer(20)}`],
        kind: random.next() < 0.8 ? 'MOVIE' : 'SERIES',
        releaseYear: 1950 + random.integer(75),
        runtimeMinutes: 60 + random.integer(120),
        maturityLevel: random.integer(5),
        availability: [{ from: 0 }],
      },
    }),
  );
  await index.upsert(points);
}
print(`${COUNT} × ${DIMENSIONS} filled in ${(performance.now() - filledAt).toFixed(0)} ms`);

async function measure(what: string, queries: () => readonly VectorQuery[]): Promise<void> {
  const times: number[] = [];
  for (let i = 0; i < 40; i++) {
    const asked = queries();
    const startedAt = performance.now();
    await index.search(asked);
    if (i >= 10) times.push(performance.now() - startedAt);
  }
  times.sort((a, b) => a - b);
  print(`${what}: median ${times[15]!.toFixed(2)} ms, worst ${times.at(-1)!.toFixed(2)} ms`);
}

const one = (k: number, filter?: VectorFilter) => (): VectorQuery[] => [
  { vector: vector(), k, ...(filter && { filter }) },
];
const excludeIds = Array.from({ length: 500 }, (_, i) => `t${i * 7}`);
await measure('top 500', one(500));
await measure('top 500, available now', one(500, { availableAt: 1, region: 'DE', excludeIds }));
await measure(
  'top 500, one genre, recent, mature enough',
  one(500, {
    availableAt: 1,
    genreIds: ['g3'],
    releasedFrom: 2000,
    maturityLimit: 'PG_13',
  }),
);
await measure('top 500, batch of 8', () => Array.from({ length: 8 }, () => one(500)()[0]!));
await index.stop();
