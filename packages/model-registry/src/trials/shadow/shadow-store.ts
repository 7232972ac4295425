/** Where processes leave what they saw of a model in shadow, each its own, and where it is read together. */
import type { KeyValueStore } from '@marquee/feature-store';
import { decodeTally, encodeTally, mergeTallies, type ShadowTally } from './shadow-tally.ts';

/** Longer than any model stays in shadow. */
const KEPT_MS = 30 * 86_400_000;
const KEYS_PER_READ = 1_000;

const prefixOf = (version: string): string => `shadow:${version}:`;

/** @param processId of its own for every run of a process */
export async function writeShadowTally(
  store: Pick<KeyValueStore, 'putMany'>,
  version: string,
  processId: string,
  tally: ShadowTally,
): Promise<void> {
  const key = `${prefixOf(version)}${processId}`;
  await store.putMany([{ key, value: encodeTally(tally), ttlMs: KEPT_MS }]);
}

export async function readShadowTally(
  store: Pick<KeyValueStore, 'scan' | 'getMany'>,
  version: string,
): Promise<ShadowTally> {
  const tallies: ShadowTally[] = [];
  for await (const page of store.scan(prefixOf(version))) {
    for (let i = 0; i < page.length; i += KEYS_PER_READ) {
      for (const bytes of await store.getMany(page.slice(i, i + KEYS_PER_READ))) {
        const tally = bytes === undefined ? undefined : decodeTally(bytes);
        if (tally !== undefined) tallies.push(tally);
      }
    }
  }
  return mergeTallies(tallies);
}
