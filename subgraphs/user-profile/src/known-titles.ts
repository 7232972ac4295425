/**
 * Pages of titles as clients may follow them. A title that has left the catalogue cannot be resolved by anybody,
 * and one null in a list of non-null titles would take the whole list with it; so such entries are left out.
 * The page's cursors stay those of the stored list, so that paging goes on behind a gap.
 */
import type { TitleId } from '@marquee/domain';
import type { Page } from '@marquee/profiles';
import type { UserProfileContext } from './context.ts';

export interface KnownPage<T> extends Page<T> {
  readonly hasPreviousPage: boolean;
  readonly startCursor: string | undefined;
  readonly endCursor: string | undefined;
}

export async function withKnownTitles<T extends { readonly titleId: TitleId }>(
  context: UserProfileContext,
  page: Page<T>,
  after: string | null | undefined,
): Promise<KnownPage<T>> {
  const exist = await Promise.all(
    page.entries.map(({ entry }) => context.loaders.titlesExist.load(entry.titleId)),
  );
  return {
    entries: page.entries.filter((_, index) => exist[index]),
    hasNextPage: page.hasNextPage,
    hasPreviousPage: after !== undefined && after !== null,
    startCursor: page.entries.at(0)?.cursor,
    endCursor: page.entries.at(-1)?.cursor,
  };
}
