import { parseArtworkId } from '@marquee/catalogue';
import type { Title } from '@marquee/domain';
import type { Resolvers } from '../../__generated__/resolvers-types.ts';
import type { ContentContext } from '../../context.ts';
import { boundedWidth } from './artwork-size.ts';
import { type PosterDescription, variantsOf } from './posters.ts';

export const artworkResolvers: Pick<Resolvers, 'Title' | 'Artwork'> = {
  Title: {
    artwork: (title, { width }, context) => described(title, boundedWidth(width), 0, context),
  },
  Artwork: {
    __resolveReference: async ({ id }, context) => {
      const reference = parseArtworkId(id);
      const title = reference && (await context.loaders.titles.load(reference.titleId));
      if (reference === undefined || title === undefined) return null;
      // A picture that was taken away since gives way to the title's own.
      const variant = reference.variant < variantsOf(title) ? reference.variant : 0;
      return described(title, boundedWidth(reference.width), variant, context);
    },
  },
};

function described(
  title: Title,
  width: number,
  variant: number,
  { loaders, posters }: ContentContext,
): PosterDescription | Promise<PosterDescription> {
  const genres = loaders.genres.loadKnown(title.genreIds);
  return genres instanceof Promise
    ? genres.then((loaded) => posters.describe(title, loaded, width, variant))
    : posters.describe(title, genres, width, variant);
}
