import type { Resolvers } from '../../__generated__/resolvers-types.ts';

export const genreResolvers: Pick<Resolvers, 'Query' | 'Genre'> = {
  Query: {
    genres: (_, __, { genres }) => genres.all(),
  },
  Genre: {
    __resolveReference: async ({ id }, { loaders }) => (await loaders.genres.load(id)) ?? null,
  },
};
