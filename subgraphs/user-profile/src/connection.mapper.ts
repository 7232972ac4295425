import type { PageInfo } from './__generated__/resolvers-types.ts';
import type { KnownPage } from './known-titles.ts';

export interface Connection<Node> {
  readonly edges: readonly { readonly cursor: string; readonly node: Node }[];
  readonly nodes: readonly Node[];
  readonly pageInfo: PageInfo;
}

export function toConnection<T, Node>(page: KnownPage<T>, toNode: (entry: T) => Node): Connection<Node> {
  const edges = page.entries.map(({ entry, cursor }) => ({ cursor, node: toNode(entry) }));
  return {
    edges,
    nodes: edges.map((edge) => edge.node),
    pageInfo: {
      hasNextPage: page.hasNextPage,
      hasPreviousPage: page.hasPreviousPage,
      startCursor: page.startCursor,
      endCursor: page.endCursor,
    },
  };
}
