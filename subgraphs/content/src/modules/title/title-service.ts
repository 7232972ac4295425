/**
 * Titles under the content policy: what is not available now is never listed, and what is above the viewer's
 * maturity limit does not exist for them, in no list and not by its id.
 */
import type { Catalogue, TitlePage, TitleQuery } from '@marquee/catalogue';
import { type Title, type TitleId, withinMaturity } from '@marquee/domain';
import type { ContentLoaders } from '../../loaders.ts';
import type { ViewerLimit } from '../../viewer-limit.ts';

export interface TitleService {
  /** Available or not. Undefined for what is above the viewer's limit, exactly as for an unknown id. */
  byId(id: TitleId): Promise<Title | undefined>;
  /** @throws MarqueeError CURSOR_INVALID. */
  find(query: Omit<TitleQuery, 'availableAt' | 'maturityLimit'>): Promise<TitlePage>;
}

export function createTitleService(
  catalogue: Pick<Catalogue, 'findTitles'>,
  loaders: Pick<ContentLoaders, 'titles'>,
  now: number,
  limit: ViewerLimit,
): TitleService {
  return {
    async byId(id) {
      const [title, maturityLimit] = await Promise.all([loaders.titles.load(id), limit.get()]);
      return title !== undefined && withinMaturity(title.maturityRating, maturityLimit) ? title : undefined;
    },
    async find(query) {
      const page = await catalogue.findTitles({
        ...query,
        availableAt: now,
        maturityLimit: await limit.get(),
      });
      // Whoever meets one of these again in the same request finds it read already.
      for (const { title } of page.titles) loaders.titles.prime(title);
      return page;
    },
  };
}
