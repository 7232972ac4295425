import type { Resolvers } from './__generated__/resolvers-types.ts';
import { artworkResolvers } from './modules/artwork/resolvers.ts';
import { genreResolvers } from './modules/genre/resolvers.ts';
import { personResolvers } from './modules/person/resolvers.ts';
import { titleResolvers } from './modules/title/resolvers.ts';

export const resolvers: Pick<Resolvers, 'Query' | 'Title' | 'Genre' | 'Person' | 'Artwork'> = {
  Query: { ...titleResolvers.Query, ...genreResolvers.Query, ...personResolvers.Query },
  Title: { ...titleResolvers.Title, ...artworkResolvers.Title },
  Genre: genreResolvers.Genre,
  Person: personResolvers.Person,
  Artwork: artworkResolvers.Artwork,
};
