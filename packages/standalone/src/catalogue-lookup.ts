/** Small views of the catalogue that other subgraphs are given, so that none of them imports another. */
import type { Catalogue } from '@marquee/catalogue';
import type { TitleTable } from '@marquee/features';

/** Existence checks for mutations. Titles come from memory, people and genres from one read each. */
export function catalogueLookup(catalogue: Catalogue, titles: TitleTable) {
  return {
    titlesExist: async (ids: readonly string[]): Promise<boolean[]> => ids.map((id) => titles.has(id)),
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
