/** Titles that are asked for before their news has arrived. */
import { type Catalogue, MAX_IDS } from '@marquee/catalogue';
import type { TitleId } from '@marquee/domain';
import type { TitleTable } from '../title-table.ts';

/** Ids that the catalogue did not know either; asking again for each of their events would cost a read per batch. */
const MAX_UNKNOWN = 10_000;

/**
 * Reads titles that the table lacks from the catalogue into it. An id that the catalogue does not know is not asked
 * for again by this loader: should it be added later, its news brings it into the table.
 */
export function titleLoader(
  catalogue: Catalogue,
  titles: TitleTable,
): (ids: readonly TitleId[]) => Promise<void> {
  const unknown = new Set<TitleId>();
  return async (ids) => {
    const missing = ids.filter((id) => !titles.has(id) && !unknown.has(id));
    for (let i = 0; i < missing.length; i += MAX_IDS) {
      const chunk = missing.slice(i, i + MAX_IDS);
      const found = await catalogue.titlesByIds(chunk);
      titles.put(found.filter((title) => title !== undefined));
      for (const [place, id] of chunk.entries()) if (found[place] === undefined) unknown.add(id);
    }
    if (unknown.size > MAX_UNKNOWN) unknown.clear();
  };
}
