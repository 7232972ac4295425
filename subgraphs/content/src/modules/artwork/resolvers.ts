import type { Resolvers } from '../../__generated__/resolvers-types.ts';
import { boundedWidth } from './artwork-size.ts';

export const artworkResolvers: Pick<Resolvers, 'Title'> = {
  Title: {
    artwork: (title, { width }, { loaders, posters }) => {
      const genres = loaders.genres.loadKnown(title.genreIds);
      return genres instanceof Promise
        ? genres.then((loaded) => posters.describe(title, loaded, boundedWidth(width)))
        : posters.describe(title, genres, boundedWidth(width));
    },
  },
};
