/** The first page of many people's titles in one read per page size. */
import { type Catalogue, MAX_PEOPLE_PER_PAGE, type TitlePage } from '@marquee/catalogue';
import type { PersonId } from '@marquee/domain';
import DataLoader from 'dataloader';
import type { ViewerLimit } from '../../viewer-limit.ts';

export interface FilmographyKey {
  readonly personId: PersonId;
  readonly first: number;
}
export type FilmographyLoader = DataLoader<FilmographyKey, TitlePage, string>;

export function createFilmographyLoader(
  catalogue: Pick<Catalogue, 'titlesByPeople'>,
  now: number,
  limit: ViewerLimit,
): FilmographyLoader {
  const cacheKeyFn = ({ personId, first }: FilmographyKey) => `${first} ${personId}`;
  return new DataLoader(
    async (keys) => {
      const maturityLimit = await limit.get();
      const bySize = Map.groupBy(keys, (key) => key.first);
      const pages = new Map<string, TitlePage>();
      await Promise.all(
        [...bySize].map(async ([first, ofSize]) => {
          const ids = ofSize.map(({ personId }) => personId);
          const found = await catalogue.titlesByPeople(ids, { first, availableAt: now, maturityLimit });
          for (const [i, key] of ofSize.entries()) pages.set(cacheKeyFn(key), found[i]!);
        }),
      );
      return keys.map((key) => pages.get(cacheKeyFn(key))!);
    },
    { maxBatchSize: MAX_PEOPLE_PER_PAGE, cacheKeyFn },
  );
}
