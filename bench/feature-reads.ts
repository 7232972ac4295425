/**
 * Reading features: the rows of one request's 1,000 candidates from Redis into the ranker's matrix, by the same
 * hydrator that serves, against the client's bare `mgetBuffer` of the same keys in the same run. Taken in turns, so
 * that both see the same machine; the figure to look at is the ratio. Starts a redis-server of its own.
 *
 *   node bench/feature-reads.ts [--requests 400] [--candidates 1000]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createRandom } from '@marquee/domain';
import { createRedisStore } from '@marquee/feature-store/redis';
import { storeSlotGroupOf, titlePopularityView } from '@marquee/features';
import { startLocalRedis } from '@marquee/local-servers';
import { silentLogger } from '@marquee/service-kit';
import { Redis } from 'ioredis';
import { titlePopularityHydrator } from '../subgraphs/recommendation/src/feature-hydrators/title-popularity.feature-hydrator.ts';
import { median, percentile } from './closed-loop.ts';

const { values: options } = parseArgs({
  options: {
    requests: { type: 'string', default: '400' },
    candidates: { type: 'string', default: '1000' },
  },
});
const REQUESTS = Number(options.requests);
const CANDIDATES = Number(options.candidates);
const TITLES = 60_000;
const WARM_UP = 100;
const PARTITIONS = 8;
const PREFIX = 'bench:';

type Hydrator = ReturnType<typeof titlePopularityHydrator>;
type Query = Parameters<Hydrator['hydrate']>[0];
type Candidates = Parameters<Hydrator['hydrate']>[1];
type Context = Parameters<Hydrator['hydrate']>[2];
const context: Context = {
  remainingMs: () => 100,
  signal: new AbortController().signal,
  random: () => 0,
};

const folder = await mkdtemp(join(tmpdir(), 'marquee-feature-reads-'));
const server = await startLocalRedis({ folder, durable: false });
const slotGroupOf = storeSlotGroupOf(PARTITIONS);
const store = createRedisStore({ url: server.url, keyPrefix: PREFIX, slotGroupOf, logger: silentLogger });
const raw = new Redis(server.url);
const random = createRandom(7);
const ids = Array.from({ length: TITLES }, (_, i) => `title-${i}`);
const physical = (id: string): string => {
  const key = titlePopularityView.key(id);
  return `${PREFIX}{${slotGroupOf(key)}}:${key}`;
};

try {
  await store.start();
  await fill();
  const requests = Array.from({ length: 50 }, () => {
    const chosen = Array.from({ length: CANDIDATES }, () => ids[Math.floor(random.next() * TITLES)]!);
    // The hydrator reads nothing of a candidate but its id.
    return { keys: chosen.map(physical), candidates: chosen.map((id) => ({ id })) as unknown as Candidates };
  });
  const hydrator = titlePopularityHydrator(store);
  const parts = {
    'bare mgetBuffer': (i: number) => raw.mgetBuffer(requests[i % requests.length]!.keys),
    'store.getMany': (i: number) =>
      store.getMany(requests[i % requests.length]!.candidates.map(({ id }) => titlePopularityView.key(id))),
    'hydrator: read and copied into the matrix': (i: number) =>
      hydrator.hydrate({} as Query, requests[i % requests.length]!.candidates, context),
  };
  const times = await inTurns(parts);
  const before = store.traffic.roundTrips;
  for (let i = 0; i < 100; i++) await parts['hydrator: read and copied into the matrix'](i);
  const roundTrips = (store.traffic.roundTrips - before) / 100;

  const bare = median(times['bare mgetBuffer']!);
  console.log(
    `${CANDIDATES} rows of ${titlePopularityView.fields.length} float32, ${REQUESTS} requests each\n`,
  );
  console.log('| | median ms | p99 ms | ratio |\n| --- | --- | --- | --- |');
  for (const [name, all] of Object.entries(times)) {
    const middle = median(all);
    console.log(
      `| ${name} | ${middle.toFixed(2)} | ${percentile(
        [...all].sort((a, b) => a - b),
        99,
      ).toFixed(2)} | ${(middle / bare).toFixed(2)} |`,
    );
  }
  console.log(`\nRound trips per request and view: ${roundTrips}`);
} finally {
  raw.disconnect();
  await store.stop();
  await server.stop();
  await rm(folder, { recursive: true });
}

async function fill(): Promise<void> {
  for (let from = 0; from < TITLES; from += 5_000) {
    await store.putMany(
      ids.slice(from, from + 5_000).map((id) => {
        const row = Float32Array.from(titlePopularityView.fields, () => random.next() * 100);
        return { key: titlePopularityView.key(id), value: titlePopularityView.encode(row) };
      }),
    );
  }
}

/** Milliseconds of each part's calls; the parts take turns call by call. */
async function inTurns(
  parts: Record<string, (i: number) => Promise<unknown>>,
): Promise<Record<string, number[]>> {
  const times: Record<string, number[]> = Object.fromEntries(Object.keys(parts).map((name) => [name, []]));
  for (let i = 0; i < WARM_UP + REQUESTS; i++) {
    for (const [name, part] of Object.entries(parts)) {
      const begin = performance.now();
      await part(i);
      if (i >= WARM_UP) times[name]!.push(performance.now() - begin);
    }
  }
  return times;
}
