/** Lists of titles under the content policy: what is not available now is never listed. */
import type { Catalogue, TitlePage, TitleQuery } from '@marquee/catalogue';
import type { ContentLoaders } from '../../loaders.ts';

export interface TitleService {
  /** @throws MarqueeError CURSOR_INVALID. */
  find(query: Omit<TitleQuery, 'availableAt'>): Promise<TitlePage>;
}

export function createTitleService(
  catalogue: Pick<Catalogue, 'findTitles'>,
  loaders: Pick<ContentLoaders, 'titles'>,
  now: number,
): TitleService {
  return {
    async find(query) {
      const page = await catalogue.findTitles({ ...query, availableAt: now });
      // Whoever meets one of these again in the same request finds it read already.
      for (const { title } of page.titles) loaders.titles.prime(title);
      return page;
    },
  };
}
