/**
 * The adapter on a real Qdrant: the server at QDRANT_URL (with QDRANT_API_KEY), else a `qdrant` on PATH. Everywhere else,
 * `qdrant-vector-index.test.ts` holds every request and answer against the server's own description.
 */
import { randomUUID } from 'node:crypto';
import { createRandom } from '@marquee/domain';
import { findBinary, type LocalServer, startLocalQdrant } from '@marquee/local-servers';
import { silentLogger } from '@marquee/service-kit';
import { type TemporaryFolder, temporaryFolder } from '@marquee/testkit';
import { QdrantClient } from '@qdrant/js-client-rest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeVectorIndexContract } from '../contract.ts';
import { createExactVectorIndex } from '../exact/index.ts';
import type { VectorFilter, VectorIndex, VectorPoint, VectorQuery } from '../index.ts';
import { createQdrantVectorIndex, type QdrantTuning } from './index.ts';

const { QDRANT_URL, QDRANT_API_KEY } = process.env;
const NAME = 'on a real Qdrant';
/** In front of the names of everything that is made here, so that a shared server can be left as it was. */
const PREFIX = `marquee-test-${randomUUID().slice(0, 8)}`;
const DIMENSIONS = 64;
const POINTS = 20_000;
const QUERIES = 50;
const K = 100;
const ENOUGH = 0.95;

if (QDRANT_URL === undefined && findBinary('qdrant') === undefined) {
  describe.skip(`${NAME} (skipped: there is no QDRANT_URL, and no qdrant on this machine)`, suite);
} else {
  describe(NAME, suite);
}

function suite(): void {
  let folder: TemporaryFolder | undefined;
  let server: LocalServer | undefined;
  let url = QDRANT_URL ?? '';

  beforeAll(async () => {
    if (QDRANT_URL !== undefined) return;
    folder = temporaryFolder();
    server = await startLocalQdrant({ folder: folder.path });
    ({ url } = server);
  });

  afterAll(async () => {
    if (url !== '') await removeCollections(url);
    await server?.stop();
    await folder?.remove();
  });

  async function started(dimensions: number, tuning: Partial<QdrantTuning>): Promise<VectorIndex> {
    const index = createQdrantVectorIndex({
      ...{ url, dimensions, tuning, logger: silentLogger, timeoutMs: 10_000 },
      ...(QDRANT_API_KEY === undefined ? {} : { apiKey: QDRANT_API_KEY }),
      collection: `${PREFIX}-${randomUUID().slice(0, 8)}`,
    });
    await index.start();
    return index;
  }

  describeVectorIndexContract(
    'Qdrant, comparing with every point',
    ({ dimensions }) => started(dimensions, { exact: true, quantization: 'none' }),
    { exact: true, runs: 25 },
  );
  describeVectorIndexContract('Qdrant, as it is set up', ({ dimensions }) => started(dimensions, {}), {
    exact: false,
  });

  it.each([
    ['no filter', {}],
    ['genres', { genreIds: ['g3', 'g7'] }],
    ['kind and years', { kinds: ['SERIES'], releasedFrom: 1990, releasedTo: 2005 }],
    ['maturity, availability and region', { maxMaturity: 'PG_13', availableAt: 500, region: 'DE' }],
  ] as [string, VectorFilter][])(
    `finds at least ${ENOUGH} of the true ${K} with its graph and quantised vectors: %s`,
    async (_, filter) => {
      const { qdrant, exact, queries } = await filled();
      const asked = queries.map((query) => ({ ...query, filter }));
      const truth = await exact.search(asked);
      const found = (await Promise.all(asked.map((query) => qdrant.search([query])))).flat();
      let hits = 0;
      let all = 0;
      for (const [i, neighbours] of truth.entries()) {
        const ids = new Set(found[i]!.map(({ id }) => id));
        all += neighbours.length;
        hits += neighbours.filter(({ id }) => ids.has(id)).length;
      }
      expect(all).toBeGreaterThan(QUERIES);
      expect(hits / all).toBeGreaterThanOrEqual(ENOUGH);
    },
    180_000,
  );

  let filling: ReturnType<typeof fill> | undefined;
  const filled = () => {
    filling ??= fill();
    return filling;
  };

  async function fill() {
    // So low that the graph is built: point by point, recall would be no achievement.
    const qdrant = await started(DIMENSIONS, { indexingThresholdKb: 100 });
    const exact = createExactVectorIndex({ dimensions: DIMENSIONS, logger: silentLogger });
    await exact.start();
    const { points, queries } = crowd();
    const writer = await qdrant.beginCollection('recall');
    await writer.upsert(points);
    await writer.promote();
    await exact.upsert(points);
    return { qdrant, exact, queries };
  }
}

/** Titles in clusters, as content vectors are, all of length one; queries close to some of them. */
function crowd(): { points: VectorPoint[]; queries: VectorQuery[] } {
  const random = createRandom(7);
  const direction = (): number[] => Array.from({ length: DIMENSIONS }, () => random.next() * 2 - 1);
  const centres = Array.from({ length: 200 }, direction);
  const near = (): Float32Array => {
    const centre = centres[random.integer(centres.length)]!;
    const vector = direction().map((noise, i) => centre[i]! + noise);
    const length = Math.hypot(...vector);
    return Float32Array.from(vector, (value) => value / length);
  };
  const points = Array.from(
    { length: POINTS },
    (_, i): VectorPoint => ({
      id: `t${i}`,
      vector: near(),
      payload: {
        genreIds: [`g${random.integer(20)}`, `g${random.integer(20)}`],
        kind: random.next() < 0.3 ? 'SERIES' : 'MOVIE',
        releaseYear: 1950 + random.integer(75),
        runtimeMinutes: 20 + random.integer(160),
        maturityLevel: random.integer(5),
        availability: [
          { from: random.integer(1_000), regions: random.next() < 0.5 ? ['DE', 'FR'] : ['US'] },
          ...(random.next() < 0.2 ? [{ from: 0, to: 400 }] : []),
        ],
      },
    }),
  );
  return { points, queries: Array.from({ length: QUERIES }, () => ({ vector: near(), k: K })) };
}

async function removeCollections(url: string): Promise<void> {
  const client = new QdrantClient({
    url,
    ...(QDRANT_API_KEY === undefined ? {} : { headers: { 'api-key': QDRANT_API_KEY } }),
    checkCompatibility: false,
  });
  const { collections } = await client.getCollections();
  for (const { name } of collections.filter((one) => one.name.startsWith(PREFIX))) {
    await client.deleteCollection(name);
  }
}
