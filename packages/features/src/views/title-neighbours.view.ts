import type { TitleId } from '@marquee/domain';
import { defineDocumentView } from '../document-view.ts';

export const MAX_NEIGHBOURS_KEPT = 60;

/** Titles watched by the same people, by similarity, best first. */
export interface TitleNeighbours {
  readonly neighbours: readonly { readonly titleId: TitleId; readonly score: number }[];
}

export const titleNeighboursView = defineDocumentView<TitleNeighbours>({
  name: 'title_neighbours',
  version: 1,
  freshnessSeconds: 86_400 * 2,
});
