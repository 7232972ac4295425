/**
 * Pages of titles as their viewer may see them. A title that has left the catalogue, or is above the viewer's maturity
 * limit, does not exist for them, and one null in a list of non-null titles would take the whole list with it; so such
 * entries are left out, and the page is filled up from what follows in the stored list.
 */
import type { TitleId } from '@marquee/domain';
import { MAX_PAGE, type Page } from '@marquee/profiles';
import type { UserProfileContext } from './context.ts';
import { boundedFirst } from './input-bounds.ts';

/**
 * Reads of the stored list per page at most. Where it has still no full page then (some 400 entries in a row left
 * out), the page is shorter; its cursor goes on behind the gap.
 */
const MAX_READS = 5;

export interface KnownPage<T> extends Page<T> {
  readonly hasPreviousPage: boolean;
  readonly startCursor: string | undefined;
  readonly endCursor: string | undefined;
}

export interface PageArguments {
  readonly first?: number | null;
  readonly after?: string | null;
}

/** @throws MarqueeError BAD_USER_INPUT for `first`, CURSOR_INVALID for `after`. */
export async function knownTitles<T extends { readonly titleId: TitleId }>(
  context: UserProfileContext,
  { first: asked, after }: PageArguments,
  read: (page: { first: number; after?: string }) => Promise<Page<T>>,
): Promise<KnownPage<T>> {
  const first = boundedFirst(asked);
  const entries: Page<T>['entries'][number][] = [];
  let cursor = after ?? undefined;
  let hasNextPage = true;
  for (let reads = 0; hasNextPage && entries.length < first && reads < MAX_READS; reads++) {
    const page = await read({
      // What has a gap may have a long one.
      first: reads === 0 ? first : MAX_PAGE,
      ...(cursor === undefined ? {} : { after: cursor }),
    });
    const exist = await Promise.all(
      page.entries.map(({ entry }) => context.loaders.titlesExist.load(entry.titleId)),
    );
    hasNextPage = page.hasNextPage;
    for (const [index, one] of page.entries.entries()) {
      if (entries.length === first) {
        hasNextPage = true;
        break;
      }
      cursor = one.cursor;
      if (exist[index]) entries.push(one);
    }
  }
  return {
    entries,
    hasNextPage,
    hasPreviousPage: after !== undefined && after !== null,
    startCursor: entries.at(0)?.cursor,
    endCursor: cursor,
  };
}
