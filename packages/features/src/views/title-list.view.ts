import type { Segment, TitleId } from '@marquee/domain';
import { defineDocumentView } from '../document-view.ts';

/** A ranked list of titles, refreshed from popularity every few minutes. At most MAX_LIST entries. */
export interface TitleList {
  readonly generatedAt: number;
  /** Best first; scores are comparable within one list. */
  readonly entries: readonly { readonly titleId: TitleId; readonly score: number }[];
}

export const MAX_LIST = 1_000;

export const titleListView = defineDocumentView<TitleList>({
  name: 'title_list',
  version: 1,
  freshnessSeconds: 900,
});

/** Entity ids of the lists there are. */
export const listIds = {
  /** By qualified watches of the last weeks. */
  popular: (segment: Segment): string => `popular:${segment}`,
  /** By recent watches against the title's own longer average. */
  trending: (segment: Segment): string => `trending:${segment}`,
} as const;
