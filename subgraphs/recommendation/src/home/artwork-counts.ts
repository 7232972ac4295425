/** What was known of titles' pictures as the day began, with everybody and in a segment; see `artworkSnapshotView`. */
import { type Clock, DEFAULT_SEGMENT } from '@marquee/domain';
import type { KeyValueStore } from '@marquee/feature-store';
import { type ArtworkSnapshot, artworkSnapshotView } from '@marquee/features';
import { SharedRead } from './shared-read.ts';

/** Each has a few hundred kilobytes at its fullest. */
const MAX_SEGMENTS = 50;

export interface ArtworkCounts {
  readonly everybody: ArtworkSnapshot;
  /** That of everybody where the segment has none of this day. */
  readonly inSegment: ArtworkSnapshot;
  /** The documents it was read from: what has not changed is not decoded anew. */
  readonly blobs: readonly (Uint8Array | undefined)[];
}

export type ArtworkCountsReader = SharedRead<ArtworkCounts>;

const NOTHING: ArtworkSnapshot = Object.freeze({ day: 0, counts: Object.freeze({}) });

export function createArtworkCountsReader(
  store: Pick<KeyValueStore, 'getMany'>,
  clock: Clock,
): ArtworkCountsReader {
  return new SharedRead({
    ...{ what: 'counts of pictures', clock, capacity: MAX_SEGMENTS },
    async read(segment, known) {
      const blobs = await store.getMany([
        artworkSnapshotView.key(DEFAULT_SEGMENT),
        artworkSnapshotView.key(segment),
      ]);
      if (known?.blobs.every((blob, i) => isSame(blob, blobs[i]))) return known;
      const [everybody = NOTHING, own] = blobs.map((blob) => artworkSnapshotView.decode(blob));
      return { everybody, inSegment: own?.day === everybody.day ? own : everybody, blobs };
    },
  });
}

function isSame(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return Buffer.compare(one, other) === 0;
}
