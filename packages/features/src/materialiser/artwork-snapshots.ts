/**
 * What is known of pictures as a day begins, one document per segment, so that choosing among them all day needs neither the rows
 * nor a memory of what was chosen. Made by whoever refreshes the lists, once a day.
 */
import { DAY_MS, DEFAULT_SEGMENT } from '@marquee/domain';
import type { StoreEntry } from '@marquee/feature-store';
import { readPopularity } from '../ranking/popularity-now.ts';
import {
  type ArtworkSnapshot,
  artworkSnapshotView,
  MAX_SNAPSHOT_TITLES,
  parseArtworkEntity,
} from '../views/artwork.view.ts';
import { type ServedRow, segmentOfArtwork } from './counter-rows.ts';
import { forEachRow } from './every-row.ts';
import type { MaterialiserOptions } from './materialiser.ts';
import { createTopList } from './top-list.ts';

/** Begins the keys of all rows of pictures' counts. */
export const ARTWORK_PREFIX = 'artwork';
/** Segments beyond this many have no snapshot of their own; the one of everybody stands in for them. */
const MAX_SEGMENTS = 200;

type Counts = Map<string, [impressions: number, watches: number][]>;

/** Does nothing when this day's are there. The one of everybody is written last: where it is, the others are. */
export async function refreshArtworkSnapshots(
  { store, titles }: Pick<MaterialiserOptions, 'store' | 'titles'>,
  now: number,
): Promise<void> {
  const day = Math.floor(now / DAY_MS);
  const [latest] = await store.getMany([artworkSnapshotView.key(DEFAULT_SEGMENT)]);
  if ((artworkSnapshotView.decode(latest)?.day ?? -1) >= day) return;
  const segments = new Map<string, Counts>([[DEFAULT_SEGMENT, new Map()]]);
  await forEachRow(store, ARTWORK_PREFIX, (served: ServedRow, row) => {
    const { entity, segment = DEFAULT_SEGMENT } = segmentOfArtwork(served);
    const picture = parseArtworkEntity(entity);
    if (picture === undefined) return;
    const { titleId, variant } = picture;
    if (variant >= (titles.get(titleId)?.artworkVariants ?? 1)) return;
    let counts = segments.get(segment);
    if (counts === undefined) {
      if (segments.size > MAX_SEGMENTS) return;
      counts = new Map();
      segments.set(segment, counts);
    }
    const { impressions7d, watches7d } = readPopularity(row, 0, now);
    const ofTitle = counts.get(titleId) ?? [];
    while (ofTitle.length <= variant) ofTitle.push([0, 0]);
    ofTitle[variant] = [rounded(impressions7d), rounded(watches7d)];
    counts.set(titleId, ofTitle);
  });
  const entryOf = (segment: string): StoreEntry => ({
    key: artworkSnapshotView.key(segment),
    value: artworkSnapshotView.encode({ day, counts: mostSeen(segments.get(segment)!) }),
  });
  for (const segment of segments.keys())
    if (segment !== DEFAULT_SEGMENT) await store.putMany([entryOf(segment)]);
  await store.putMany([entryOf(DEFAULT_SEGMENT)]);
}

function mostSeen(counts: Counts): ArtworkSnapshot['counts'] {
  const top = createTopList(MAX_SNAPSHOT_TITLES);
  for (const [titleId, variants] of counts) {
    top.offer(
      titleId,
      variants.reduce((sum, [impressions]) => sum + impressions, 0),
    );
  }
  // Without a prototype, so that an id such as "constructor" is an id and nothing else.
  const most = Object.create(null) as Record<string, [number, number][]>;
  for (const { titleId } of top.best()) most[titleId] = counts.get(titleId)!;
  return most;
}

/** A hundredth of an impression tells nothing, and would take half of the document. */
function rounded(count: number): number {
  return Math.round(count * 100) / 100;
}
