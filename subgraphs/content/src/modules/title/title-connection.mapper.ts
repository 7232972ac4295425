/** Pages of the catalogue as Relay-style connections. */
import type { TitlePage } from '@marquee/catalogue';

export function toTitleConnection(page: TitlePage, after: string | null | undefined) {
  return {
    edges: page.titles.map(({ cursor, title }) => ({ cursor, node: title })),
    nodes: page.titles.map(({ title }) => title),
    pageInfo: {
      hasNextPage: page.hasNextPage,
      // A cursor is of a title that has been seen, so something came before.
      hasPreviousPage: after !== null && after !== undefined,
      startCursor: page.titles[0]?.cursor,
      endCursor: page.titles.at(-1)?.cursor,
    },
  };
}
