/** Which part of the event log a profile's events are in. */
import { hash32 } from './hash.ts';
import type { ProfileId } from './title.ts';

/** Keeps partitioning independent of experiment buckets and content vectors, which hash ids too. */
const SEED = 0x70617274;

/**
 * The partition of a profile's events and feature values, from 0 to `partitions - 1`. Stable across processes
 * and releases: stored positions and values depend on it.
 */
export function partitionOf(profileId: ProfileId, partitions: number): number {
  return partitions === 1 ? 0 : hash32(profileId, SEED) % partitions;
}
