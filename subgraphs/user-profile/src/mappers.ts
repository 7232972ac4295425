/** What resolvers hold for the types of the schema that are resolved field by field. */
import type { GenreId, PersonId, Profile, TitleId } from '@marquee/domain';

export type ProfileModel = Profile;

/** Titles, genres and people belong to the content subgraph; here they are references. */
export interface TitleModel {
  readonly id: TitleId;
}
export interface GenreModel {
  readonly id: GenreId;
}
export interface PersonModel {
  readonly id: PersonId;
}
