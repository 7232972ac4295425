/**
 * Where several processes count, each for its partition of the event log, counts are in one row per
 * partition, written by that partition's owner alone. Counts add up, so the rows that are served are their sums.
 * Entity: `<partition>|<entity of the served view>`.
 */
import { defineFeatureView, type FeatureView } from '../feature-view.ts';
import { artworkInSegmentView, artworkView } from './artwork.view.ts';
import { pageRowInSegmentView, pageRowView } from './page-row.view.ts';
import { titleInSegmentView, titlePopularityView } from './title-popularity.view.ts';

export const titlePopularityShardView = shardOf(titlePopularityView, 'title_popularity_shard');
export const titleInSegmentShardView = shardOf(titleInSegmentView, 'title_in_segment_shard');
export const pageRowShardView = shardOf(pageRowView, 'page_row_shard');
export const pageRowInSegmentShardView = shardOf(pageRowInSegmentView, 'page_row_in_segment_shard');
export const artworkShardView = shardOf(artworkView, 'artwork_shard');
export const artworkInSegmentShardView = shardOf(artworkInSegmentView, 'artwork_in_segment_shard');

export function inShardId(partition: number, entityId: string): string {
  return `${partition}|${entityId}`;
}

function shardOf({ version, entity, freshnessSeconds, fields }: FeatureView, name: string): FeatureView {
  return defineFeatureView({ name, version, entity, freshnessSeconds, fields });
}
