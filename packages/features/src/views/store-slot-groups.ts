/**
 * Which of the product's keys a spread-out store keeps together. Everything that the owner of a partition of the event
 * log writes in one piece is in the partition's group: the states of its profiles, its counters and its
 * checkpoint; so is what is read together with a profile's state. What is served about titles is spread over a few
 * groups, so that one request's multi-get of hundreds of titles takes as many commands and no more.
 */
import { hash32, partitionOf } from '@marquee/domain';
import { CHECKPOINT_PREFIX, type SlotGroupOf } from '@marquee/feature-store';
import { artworkInSegmentView, artworkView } from './artwork.view.ts';
import { pageRowInSegmentView, pageRowView } from './page-row.view.ts';
import { titleListView } from './title-list.view.ts';
import { titleNeighboursView } from './title-neighbours.view.ts';
import { titleInSegmentView, titlePopularityView } from './title-popularity.view.ts';
import {
  artworkInSegmentShardView,
  artworkShardView,
  pageRowInSegmentShardView,
  pageRowShardView,
  titleInSegmentShardView,
  titlePopularityShardView,
} from './title-popularity-shard.view.ts';
import { genresWatchedView, peopleWatchedView } from './watched-subjects.view.ts';

/** More spread the load over more nodes and cost more commands per request. */
const TITLE_GROUPS = 4;
/** Slates, pointers to them and whatever else is read one at a time. */
const OTHER_GROUPS = 16;

const PROFILE_KEY = /^profile_[a-z_]+(@\d+)?:/;

type Rule = readonly [prefix: string, groupOf: (entityId: string) => string];

/**
 * For the store's adapter.
 * @param partitions of the event log (`EventBus.partitions`). With one, counters are served as they are written, so
 *   they are in the partition's group.
 */
export function storeSlotGroupOf(partitions: number): SlotGroupOf {
  // Names made once: this runs a thousand times per request.
  const titleGroups = Array.from({ length: TITLE_GROUPS }, (_, i) => (partitions === 1 ? 'p0' : `t${i}`));
  const ofTitle = (titleId: string): string => titleGroups[hash32(titleId) % TITLE_GROUPS]!;
  // Some hundred, read together; of pictures nothing is read with a request.
  const pageRows = partitions === 1 ? 'p0' : 'page-rows';
  const artworks = partitions === 1 ? 'p0' : 'artworks';
  const ofShard = (entityId: string): string => `p${entityId.slice(0, entityId.indexOf('|'))}`;
  // The most frequent first.
  const rules: readonly Rule[] = [
    [titlePopularityView.key(''), ofTitle],
    [titleNeighboursView.key(''), ofTitle],
    [titlePopularityShardView.key(''), ofShard],
    [titleInSegmentShardView.key(''), ofShard],
    [titleInSegmentView.key(''), (entityId) => ofTitle(entityId.slice(0, entityId.lastIndexOf('|')))],
    [titleListView.key(''), () => 'lists'],
    [genresWatchedView.key(''), () => 'lists'],
    [peopleWatchedView.key(''), () => 'lists'],
    [pageRowView.key(''), () => pageRows],
    [pageRowInSegmentView.key(''), () => pageRows],
    [pageRowShardView.key(''), ofShard],
    [pageRowInSegmentShardView.key(''), ofShard],
    [artworkView.key(''), () => artworks],
    [artworkInSegmentView.key(''), () => artworks],
    [artworkShardView.key(''), ofShard],
    [artworkInSegmentShardView.key(''), ofShard],
    [CHECKPOINT_PREFIX, (name) => `p${name.slice(name.lastIndexOf('@') + 1)}`],
  ];
  const groupOf = (key: string): string => {
    for (const [prefix, groupOfEntity] of rules) {
      if (key.startsWith(prefix)) return groupOfEntity(key.slice(prefix.length));
    }
    const profile = PROFILE_KEY.exec(key);
    if (profile !== null) return `p${partitionOf(key.slice(profile[0].length), partitions)}`;
    return `o${hash32(key) % OTHER_GROUPS}`;
  };
  return Object.assign(groupOf, { layout: `partitions=${partitions}` });
}
