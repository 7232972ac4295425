/**
 * Served rows from their shards: read all partitions' rows of an entity, bring them to one instant, add them up.
 *
 * Writing the sum is no part of the atomic write of a shard, because the two are in different places of the store. Two
 * partitions that write one title at the same moment may leave a sum without the other's last count; whoever writes
 * sums looks at them once more (served-sums.ts), and the periodic refresh compares all of them with their shards.
 */
import { type KeyValueStore, MAX_KEYS, type StoreEntry } from '@marquee/feature-store';
import { inShardId } from '../views/title-popularity-shard.view.ts';
import type { ServedRow } from './counter-rows.ts';
import { createPacer } from './pacer.ts';
import { addRow, emptyRow } from './title-counters.ts';

/** Entries in one write. */
const WRITE_CHUNK = 500;
/** Keys in one read: some 2 ms of a server that requests wait for too. */
const READ_CHUNK = Math.min(MAX_KEYS, 2_000);

/**
 * Writes those of the rows that are not the sum of their shards, and returns them.
 * @param visit is given every row that has a shard, as it is now; the array is used again after the call.
 */
export async function recombine(
  store: KeyValueStore,
  partitions: number,
  rows: readonly ServedRow[],
  visit?: (row: ServedRow, values: Float32Array) => void,
): Promise<readonly ServedRow[]> {
  const perRow = partitions + 1;
  const chunkSize = Math.max(1, Math.floor(READ_CHUNK / perRow));
  const pacer = createPacer();
  const written: ServedRow[] = [];
  let changed: StoreEntry[] = [];
  for (let from = 0; from < rows.length; from += chunkSize) {
    const chunk = rows.slice(from, from + chunkSize);
    const blobs = await store.getMany(chunk.flatMap((row) => keysOf(row, partitions)));
    for (const [i, row] of chunk.entries()) {
      const sum = sumOf(row, blobs, i * perRow + 1, partitions);
      if (sum !== undefined) {
        const value = row.kind.served.encode(sum);
        if (!sameBytes(blobs[i * perRow], value)) {
          changed.push({ key: row.kind.served.key(row.entityId), value });
          written.push(row);
        }
        visit?.(row, sum);
      }
      if (changed.length === WRITE_CHUNK) {
        await store.putMany(changed);
        changed = [];
      }
      if (pacer.due()) await pacer.pause();
    }
  }
  if (changed.length > 0) await store.putMany(changed);
  return written;
}

/** The served row's key, then one of each partition. */
function keysOf({ kind, entityId }: ServedRow, partitions: number): string[] {
  const keys = [kind.served.key(entityId)];
  for (let p = 0; p < partitions; p++) keys.push(kind.shard.key(inShardId(p, entityId)));
  return keys;
}

function sumOf(
  { kind }: ServedRow,
  blobs: readonly (Uint8Array | undefined)[],
  from: number,
  count: number,
): Float32Array | undefined {
  let sum: Float32Array | undefined;
  const shard = emptyRow();
  for (let i = from; i < from + count; i++) {
    if (blobs[i] === undefined || !kind.shard.decodeInto(blobs[i], shard, 0)) continue;
    sum ??= emptyRow();
    addRow(sum, shard);
  }
  return sum;
}

function sameBytes(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a !== undefined && Buffer.compare(a, b) === 0;
}
