/** What resolvers hold for the types of the schema: the catalogue's own records. */
import type { Genre, Person, Title } from '@marquee/domain';

export type TitleModel = Title;
export type GenreModel = Genre;
export type PersonModel = Person;
