/** Small views of the catalogue for subgraphs that it does not belong to. */
import { type MaturityRating, type Title, type TitleId, withinMaturity } from '@marquee/domain';
import type { Catalogue } from './index.ts';

/** Where a process holds the catalogue in memory, for answers without a read. */
export interface TitlesInMemory {
  get(id: TitleId): Pick<Title, 'maturityRating'> | undefined;
}

/** Existence checks for mutations and lists: one read each, none for titles where they are in memory. */
export function catalogueLookup(catalogue: Catalogue, titles?: TitlesInMemory) {
  const titlesByIds = async (ids: readonly TitleId[]) =>
    titles === undefined ? catalogue.titlesByIds(ids) : ids.map((id) => titles.get(id));
  return {
    /** Whether a title exists for somebody with this limit: what is above it does not. Undefined: no limit. */
    titlesExist: async (ids: readonly string[], limit: MaturityRating | undefined): Promise<boolean[]> =>
      (await titlesByIds(ids)).map(
        (title) => title !== undefined && withinMaturity(title.maturityRating, limit),
      ),
    peopleExist: async (ids: readonly string[]): Promise<boolean[]> =>
      (await catalogue.peopleByIds(ids)).map((person) => person !== undefined),
    genresExist: async (ids: readonly string[]): Promise<boolean[]> =>
      (await catalogue.genresByIds(ids)).map((genre) => genre !== undefined),
  };
}

/** Names for headlines and reasons; the id itself where the catalogue has none. */
export function catalogueNames(catalogue: Catalogue) {
  return {
    genreNames: async (ids: readonly string[]): Promise<string[]> =>
      (await catalogue.genresByIds(ids)).map((genre, i) => genre?.name ?? ids[i]!),
    personNames: async (ids: readonly string[]): Promise<string[]> =>
      (await catalogue.peopleByIds(ids)).map((person, i) => person?.name ?? ids[i]!),
  };
}
