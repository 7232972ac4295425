/**
 * The in-memory title table: rows of numbers, an index by id, and lists that are put in order when somebody reads
 * them, so that loading half a million titles sorts once, and only the lists that are really read.
 */
import type { GenreId, PersonId, Title, TitleId } from '@marquee/domain';
import { type OrderKey, TitlePosting } from './title-posting.ts';
import { TitleRows } from './title-rows.ts';
import type { TitleFacts, TitleTable } from './title-table.ts';

export function createTitleTable(titles: Iterable<Title> = []): TitleTable {
  const rows = new TitleRows();
  const rowOf = new Map<TitleId, number>();
  const byGenre = new Map<GenreId, TitlePosting>();
  const byPerson = new Map<PersonId, TitlePosting>();
  const titlesPerGenre = new Map<GenreId, number>();
  const newest = new TitlePosting(rows, newestAddedFirst);

  let version = 0;

  const postingOf = (index: Map<string, TitlePosting>, id: string, key: OrderKey): TitlePosting => {
    let posting = index.get(id);
    if (posting === undefined) {
      posting = new TitlePosting(rows, key);
      index.set(id, posting);
    }
    return posting;
  };

  const forget = (row: number): void => {
    const old = rows.facts(row);
    newest.remove(row);
    for (const id of old.genreIds) {
      byGenre.get(id)?.remove(row);
      const left = (titlesPerGenre.get(id) ?? 1) - 1;
      if (left > 0) titlesPerGenre.set(id, left);
      else titlesPerGenre.delete(id);
    }
    for (const id of old.personIds) byPerson.get(id)?.remove(row);
    rows.retire(row);
  };

  const place = (facts: TitleFacts): void => {
    const old = rowOf.get(facts.id);
    const row = rows.append(facts);
    if (old !== undefined) forget(old);
    rowOf.set(facts.id, row);
    newest.add(row);
    for (const id of facts.genreIds) {
      postingOf(byGenre, id, newestAddedFirst).add(row);
      titlesPerGenre.set(id, (titlesPerGenre.get(id) ?? 0) + 1);
    }
    for (const id of facts.personIds) postingOf(byPerson, id, newestReleaseFirst).add(row);
  };

  const tidy = (): void => {
    for (let moving = rows.toMove(); moving.length > 0; moving = rows.toMove()) {
      for (const row of moving) place(rows.facts(row));
    }
  };

  const idOf = (id: TitleId): TitleId => {
    const row = rowOf.get(id);
    return row === undefined ? id : rows.idOf(row);
  };

  for (const title of titles) place(factsOf(title));

  return {
    get size() {
      return rowOf.size;
    },
    get version() {
      return version;
    },
    get: (id) => {
      const row = rowOf.get(id);
      return row === undefined ? undefined : rows.facts(row);
    },
    has: (id) => rowOf.has(id),
    idOf,
    titlesOfPerson: (id) => byPerson.get(id)?.ids() ?? NONE,
    titlesOfGenre: (id) => byGenre.get(id)?.ids() ?? NONE,
    newest: () => newest.ids(),
    newestAt: (place) => {
      const row = newest.rowAt(place);
      return row === undefined ? undefined : rows.facts(row);
    },
    genreIds: () => [...titlesPerGenre.keys()].sort(),
    put: (batch) => {
      version++;
      // A title's id stays the same string: others hold it as well.
      for (const title of batch) place(factsOf({ ...title, id: idOf(title.id) }));
      tidy();
    },
    remove: (ids) => {
      version++;
      for (const id of ids) {
        const row = rowOf.get(id);
        if (row === undefined) continue;
        rowOf.delete(id);
        forget(row);
      }
      tidy();
    },
  };
}

/** Each genre and person once. */
function factsOf(title: Title): TitleFacts {
  const directorIds = [...new Set(title.directorIds)];
  return {
    ...title,
    genreIds: [...new Set(title.genreIds)],
    directorIds,
    personIds: [...new Set([...directorIds, ...title.castIds])],
  };
}

const NONE: readonly string[] = Object.freeze([]);

const newestAddedFirst: OrderKey = (rows, row) => -rows.addedAtOf(row);
/** Unknown years come last. */
const newestReleaseFirst: OrderKey = (rows, row) => -(rows.releaseYearOf(row) ?? -1);
