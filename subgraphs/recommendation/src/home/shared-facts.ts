/**
 * The facts of lists that every page walks: what is popular, what is new, shelves, the editors' choice. In a table of half a million
 * titles finding one costs more than all that is then asked of it, so a list's titles are looked up once for all pages, each when it
 * is first reached, and anew when the catalogue has changed.
 */
import { type MaturityRating, maturityLevel, type TitleId } from '@marquee/domain';
import type { TitleFacts, TitleTable } from '@marquee/features';

interface Known {
  readonly titles: TitleTable;
  readonly version: number;
  /** By place in the list. */
  readonly facts: (TitleFacts | undefined)[];
  /** Maturity levels of the facts. */
  readonly levels: number[];
}

/** Goes with the list. */
const known = new WeakMap<readonly TitleId[], Known>();

/**
 * Of the title at a place of a list that never changes; undefined where it left the catalogue, or is known to be above `limit`. Good
 * until the caller waits for something: titles may change meanwhile.
 */
export function sharedFacts(
  titles: TitleTable,
  ids: readonly TitleId[],
  limit?: MaturityRating,
): (place: number) => TitleFacts | undefined {
  let list = known.get(ids);
  if (list === undefined || list.titles !== titles || list.version !== titles.version) {
    list = { titles, version: titles.version, facts: [], levels: [] };
    known.set(ids, list);
  }
  const { facts, levels } = list;
  const highest = limit === undefined ? Number.POSITIVE_INFINITY : maturityLevel(limit);
  return (place) => {
    // Of twenty titles that a small child's page walks past, nineteen are not for it: that is not asked of rows that lie all over memory.
    if (levels[place]! > highest) return undefined;
    const known = facts[place];
    if (known !== undefined) return known;
    // A title that is not there is asked for again; few are.
    const found = titles.get(ids[place]!);
    if (found !== undefined) {
      facts[place] = found;
      levels[place] = maturityLevel(found.maturityRating);
    }
    return found;
  };
}
