/** Pages of a slate as connections. */
import type { PageInfo } from '../../__generated__/resolvers-types.ts';
import type { RowItemModel, RowModel } from '../../mappers.ts';
import { itemCursor, rowCursor, titleItemCursor } from '../../slates/slate-cursor.ts';
import type { SlatePage } from '../../slates/slate-paging.ts';

export interface Connection<Node> {
  readonly edges: readonly { readonly cursor: string; readonly node: Node }[];
  readonly nodes: readonly Node[];
  readonly pageInfo: PageInfo;
}

export function toRowConnection(slateId: string, page: SlatePage<RowModel>): Connection<RowModel> {
  return toConnection(page, (place) => rowCursor(slateId, place));
}

export function toItemConnection(slateId: string, page: SlatePage<RowItemModel>): Connection<RowItemModel> {
  return toConnection(page, (place) => itemCursor(slateId, place));
}

/** @param list see `titleListOf`. */
export function toTitleItemConnection(
  slateId: string,
  list: string,
  page: SlatePage<RowItemModel>,
): Connection<RowItemModel> {
  return toConnection(page, (place) => titleItemCursor(slateId, place, list));
}

function toConnection<Node>(page: SlatePage<Node>, cursorOf: (place: number) => string): Connection<Node> {
  const edges = page.entries.map(({ entry, place }) => ({ cursor: cursorOf(place), node: entry }));
  return {
    edges,
    nodes: edges.map(({ node }) => node),
    pageInfo: {
      hasNextPage: page.hasNextPage,
      hasPreviousPage: page.hasPreviousPage,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}
