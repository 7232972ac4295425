/**
 * The facts of lists that every page walks: what is popular, what is new, shelves, the editors' choice. In a table of half a million
 * titles finding one costs more than all that is then asked of it, so a list's titles are looked up once for all pages, each when it
 * is first reached, and anew when the catalogue has changed.
 */
import type { TitleId } from '@marquee/domain';
import type { TitleFacts, TitleTable } from '@marquee/features';

interface Known {
  readonly titles: TitleTable;
  readonly version: number;
  /** By place in the list. */
  readonly facts: (TitleFacts | undefined)[];
}

/** Goes with the list. */
const known = new WeakMap<readonly TitleId[], Known>();

/**
 * Of the title at a place of a list that never changes; undefined where it left the catalogue. Good until the caller waits for
 * something: titles may change meanwhile.
 */
export function sharedFacts(
  titles: TitleTable,
  ids: readonly TitleId[],
): (place: number) => TitleFacts | undefined {
  let list = known.get(ids);
  if (list === undefined || list.titles !== titles || list.version !== titles.version) {
    list = { titles, version: titles.version, facts: [] };
    known.set(ids, list);
  }
  const { facts } = list;
  return (place) => {
    // A title that is not there is asked for again; few are.
    facts[place] ??= titles.get(ids[place]!);
    return facts[place];
  };
}
