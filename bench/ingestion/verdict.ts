/**
 * Whether the store says what the log says: the log is replayed through the same materialiser into a store in memory,
 * and every profile state and every row of counts must be the same to the last bit. Beside that the impressions that the
 * publisher counted itself, which nothing of ours has touched.
 */
import { type KeyValueStore, MAX_KEYS } from '@marquee/feature-store';
import { createMemoryStore } from '@marquee/feature-store/memory';
import {
  createMaterialiser,
  createTitleTable,
  MATERIALISED_TYPES,
  profileStateView,
  titlePopularityView,
} from '@marquee/features';
import type { Ledger } from './ledger.ts';
import type { MeasuredServers } from './servers.ts';

export interface Verdict {
  readonly impressionsSent: number;
  /** Sum of the served rows of all titles. */
  readonly impressionsServed: number;
  readonly values: number;
  /** Keys whose bytes are not those of the replay. */
  readonly different: readonly string[];
}

const PROFILES = profileStateView.key('');
const NAMESPACES = [PROFILES, 'title_popularity', 'title_in_segment'];
const BATCH = 10_000;

/** Everything must be handled before, and served rows be what their shards add up to. */
export async function compareWithReplay(
  servers: Pick<MeasuredServers, 'bus' | 'store' | 'titles' | 'partitions'>,
  ledger: Pick<Ledger, 'impressions' | 'impressionsOfAll'>,
): Promise<Verdict> {
  const { values, different } = await differencesFromReplay(servers);
  return {
    impressionsSent: ledger.impressionsOfAll,
    impressionsServed: await servedImpressions(servers.store, [...ledger.impressions.keys()]),
    values,
    different,
  };
}

/** Stored values, and the keys of those whose bytes are not those of a replay of the log. */
export async function differencesFromReplay(
  servers: Pick<MeasuredServers, 'bus' | 'store' | 'titles' | 'partitions'>,
): Promise<Pick<Verdict, 'values' | 'different'>> {
  const replayed = await replay(servers);
  const keys = new Set<string>();
  for (const store of [replayed, servers.store]) {
    for (const namespace of NAMESPACES) {
      for await (const page of store.scan(namespace)) for (const key of page) keys.add(key);
    }
  }
  const all = [...keys];
  const different: string[] = [];
  for (let from = 0; from < all.length; from += BATCH) {
    const chunk = all.slice(from, from + Math.min(BATCH, MAX_KEYS));
    const [theirs, ours] = await Promise.all([servers.store.getMany(chunk), replayed.getMany(chunk)]);
    for (const [i, key] of chunk.entries()) if (!same(key, theirs[i], ours[i])) different.push(key);
  }
  return { values: all.length, different };
}

async function replay({
  bus,
  titles,
  partitions,
}: Pick<MeasuredServers, 'bus' | 'titles' | 'partitions'>): Promise<KeyValueStore> {
  const store = createMemoryStore();
  await store.start();
  const table = createTitleTable();
  table.put(titles);
  const materialisers = Array.from({ length: partitions }, (_, partition) =>
    createMaterialiser({ store, titles: table, partition, partitions }),
  );
  for await (const batch of bus.replay({ types: MATERIALISED_TYPES, batchSize: BATCH })) {
    for (const materialiser of materialisers) await materialiser.apply(batch);
  }
  return store;
}

/** Of those titles, as requests read them. */
export async function servedImpressions(store: KeyValueStore, titleIds: readonly string[]): Promise<number> {
  const row = new Float32Array(titlePopularityView.fields.length);
  const field = titlePopularityView.index('impressions_total');
  let sum = 0;
  for (let from = 0; from < titleIds.length; from += MAX_KEYS) {
    const ids = titleIds.slice(from, from + MAX_KEYS);
    for (const blob of await store.getMany(ids.map((id) => titlePopularityView.key(id)))) {
      if (titlePopularityView.decodeInto(blob, row, 0)) sum += row[field]!;
    }
  }
  return sum;
}

function same(key: string, a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  // What a state says, not how it is written: sums are in the order in which they came, or were last read.
  if (key.startsWith(PROFILES)) {
    return JSON.stringify(profileStateView.decode(a)) === JSON.stringify(profileStateView.decode(b));
  }
  return Buffer.compare(a, b) === 0;
}
