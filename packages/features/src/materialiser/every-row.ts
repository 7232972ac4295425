/** Looking through all rows of counts of a kind, for what is made of them together. */
import { type KeyValueStore, MAX_KEYS } from '@marquee/feature-store';
import { type ServedRow, servedRowOf, servedRowOfShard } from './counter-rows.ts';
import { createPacer } from './pacer.ts';
import { recombine } from './recombination.ts';
import { emptyRow } from './title-counters.ts';

/** Every row that is served whose key begins so. */
export async function forEachRow(
  store: KeyValueStore,
  prefix: string,
  visit: (served: ServedRow, row: Float32Array) => void,
): Promise<void> {
  const row = emptyRow();
  const pacer = createPacer();
  for await (const page of store.scan(prefix)) {
    const keys = page.filter((key) => servedRowOf(key) !== undefined);
    for (let from = 0; from < keys.length; from += MAX_KEYS) {
      const chunk = keys.slice(from, from + MAX_KEYS);
      const blobs = await store.getMany(chunk);
      for (const [i, key] of chunk.entries()) {
        const served = servedRowOf(key)!;
        if (served.kind.served.decodeInto(blobs[i], row, 0)) visit(served, row);
        if (pacer.due()) await pacer.pause();
      }
    }
  }
}

/** Looks at sums that were written a moment ago, at most: each finds what was counted since the one before. */
const SECOND_LOOKS = 3;

/** Every row that has a shard whose key begins so, brought up to date. */
export async function recombineAll(
  store: KeyValueStore,
  partitions: number,
  prefix: string,
  visit?: (served: ServedRow, row: Float32Array) => void,
): Promise<void> {
  // Each row once, though every partition has a key for it: as many as there are titles in segments.
  const seen = new Set<string>();
  let written: ServedRow[] = [];
  for await (const page of store.scan(prefix)) {
    const rows: ServedRow[] = [];
    for (const key of page) {
      const served = servedRowOfShard(key);
      if (served === undefined) continue;
      const servedKey = served.kind.served.key(served.entityId);
      if (seen.has(servedKey)) continue;
      seen.add(servedKey);
      rows.push(served);
    }
    written.push(...(await recombine(store, partitions, rows, visit)));
  }
  // A partition's owner that wrote the same sum in between may have been written over.
  for (let look = 0; look < SECOND_LOOKS && written.length > 0; look++) {
    written = [...(await recombine(store, partitions, written))];
  }
}
