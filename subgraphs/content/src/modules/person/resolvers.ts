import type { Resolvers } from '../../__generated__/resolvers-types.ts';
import { boundedFirst, boundedId } from '../../input-bounds.ts';
import { toTitleConnection } from '../title/title-connection.mapper.ts';

export const personResolvers: Pick<Resolvers, 'Query' | 'Person'> = {
  Query: {
    person: (_, { id }, { loaders }) => loaders.people.load(boundedId(id, 'id')),
  },
  Person: {
    __resolveReference: async ({ id }, { loaders }) => (await loaders.people.load(id)) ?? null,
    titles: async ({ id }, { first, after }, { loaders, titles }) =>
      toTitleConnection(
        after === null || after === undefined
          ? await loaders.filmographies.load({ personId: id, first: boundedFirst(first) })
          : // A cursor is of one person's list, so there is nothing to batch.
            await titles.find({ personId: id, first: boundedFirst(first), after }),
        after,
      ),
  },
};
