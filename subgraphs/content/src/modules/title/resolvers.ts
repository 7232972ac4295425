import type { Resolvers } from '../../__generated__/resolvers-types.ts';
import { boundedFirst, boundedId, boundedSearch } from '../../input-bounds.ts';
import { availableUntil, isAvailableNow, toDateTime } from './title.mapper.ts';
import { toTitleConnection } from './title-connection.mapper.ts';
import { toTitleFilter } from './title-filter.mapper.ts';

export const titleResolvers: Pick<Resolvers, 'Query' | 'Title'> = {
  Query: {
    title: (_, { id }, { titles }) => titles.byId(boundedId(id, 'id')),
    titles: async (_, { filter, search, first, after }, { titles }) =>
      toTitleConnection(
        await titles.find({
          filter: toTitleFilter(filter),
          search: boundedSearch(search),
          first: boundedFirst(first),
          after: after ?? undefined,
        }),
        after,
      ),
  },
  Title: {
    // No limit here: a reference stands in a list of another subgraph, which applies the policy itself, and null in
    // a list of non-null titles would empty the page.
    __resolveReference: async ({ id }, { loaders }) => (await loaders.titles.load(id)) ?? null,
    addedAt: ({ addedAt }) => toDateTime(addedAt),
    genres: ({ genreIds }, _, { loaders }) => loaders.genres.loadKnown(genreIds),
    directors: ({ directorIds }, _, { loaders }) => loaders.people.loadKnown(directorIds),
    cast: ({ castIds }, _, { loaders }) => loaders.people.loadKnown(castIds),
    isAvailable: (title, _, { clock }) => isAvailableNow(title, clock.now()),
    availableUntil: (title, _, { clock }) => availableUntil(title, clock.now()),
  },
};
