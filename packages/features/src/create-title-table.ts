/**
 * The in-memory title table. Adding is an append; ordered lists are put in order when somebody reads them, so
 * that loading half a million titles sorts once, and only the lists that are really read.
 */
import type { GenreId, PersonId, Title, TitleId } from '@marquee/domain';
import { type TitleOrder, TitlePosting } from './title-posting.ts';
import type { TitleFacts, TitleTable } from './title-table.ts';

export function createTitleTable(titles: Iterable<Title> = []): TitleTable {
  const facts = new Map<TitleId, TitleFacts>();
  const byGenre = new Map<GenreId, TitlePosting>();
  const byPerson = new Map<PersonId, TitlePosting>();
  const titlesPerGenre = new Map<GenreId, number>();
  const strings = new Map<string, string>();
  const newest = new TitlePosting(newestAddedFirst);

  // Catalogue rows repeat the same ids in every row as separate strings; one copy of each is kept.
  const intern = (text: string): string => {
    const known = strings.get(text);
    if (known !== undefined) return known;
    strings.set(text, text);
    return text;
  };
  const internAll = (ids: readonly string[]): readonly string[] =>
    ids.length === 0 ? NONE : ids.map(intern);
  // Whole lists that many titles have: fewer objects to walk for the garbage collector, more of them in cache.
  const lists = new Map<string, readonly string[]>();
  const internList = (ids: readonly string[]): readonly string[] => {
    if (ids.length === 0) return NONE;
    const key = JSON.stringify(ids);
    let known = lists.get(key);
    if (known === undefined) {
      known = ids.map(intern);
      lists.set(key, known);
    }
    return known;
  };

  const forget = (old: TitleFacts): void => {
    newest.remove(old);
    for (const id of old.genreIds) {
      byGenre.get(id)?.remove(old);
      const left = (titlesPerGenre.get(id) ?? 1) - 1;
      if (left > 0) titlesPerGenre.set(id, left);
      else titlesPerGenre.delete(id);
    }
    for (const id of old.personIds) byPerson.get(id)?.remove(old);
  };

  const put = (title: Title): void => {
    const old = facts.get(title.id);
    if (old !== undefined) forget(old);
    const directorIds = internList(title.directorIds);
    const castIds = internAll(title.castIds);
    // All fields, in one order: objects of one shape are read fastest, and half a million are read at random.
    const entry: TitleFacts = {
      id: title.id,
      name: title.name,
      kind: title.kind,
      genreIds: internList([...new Set(title.genreIds)]),
      personIds: castIds.length === 0 ? directorIds : [...new Set([...directorIds, ...castIds])],
      directorIds,
      studio: title.studio === undefined ? undefined : intern(title.studio),
      releaseYear: title.releaseYear,
      addedAt: title.addedAt,
      runtimeMinutes: title.runtimeMinutes,
      maturityRating: title.maturityRating,
      averageScore: title.averageScore,
      scoreCount: title.scoreCount,
      availability: title.availability,
    };
    facts.set(entry.id, entry);
    newest.add(entry);
    for (const id of entry.genreIds) {
      postingOf(byGenre, id, newestAddedFirst).add(entry);
      titlesPerGenre.set(id, (titlesPerGenre.get(id) ?? 0) + 1);
    }
    for (const id of entry.personIds) postingOf(byPerson, id, newestReleaseFirst).add(entry);
  };

  const postingOf = (index: Map<string, TitlePosting>, id: string, order: TitleOrder): TitlePosting => {
    let posting = index.get(id);
    if (posting === undefined) {
      posting = new TitlePosting(order);
      index.set(id, posting);
    }
    return posting;
  };

  for (const title of titles) put(title);

  return {
    get size() {
      return facts.size;
    },
    get: (id) => facts.get(id),
    has: (id) => facts.has(id),
    titlesOfPerson: (id) => byPerson.get(id)?.ids() ?? NONE,
    titlesOfGenre: (id) => byGenre.get(id)?.ids() ?? NONE,
    newest: () => newest.ids(),
    genreIds: () => [...titlesPerGenre.keys()].sort(),
    put: (batch) => {
      for (const title of batch) put(title);
    },
    remove: (ids) => {
      for (const id of ids) {
        const old = facts.get(id);
        if (old === undefined) continue;
        facts.delete(id);
        forget(old);
      }
    },
  };
}

const NONE: readonly string[] = Object.freeze([]);

const byId: TitleOrder = (a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
const newestAddedFirst: TitleOrder = (a, b) => b.addedAt - a.addedAt || byId(a, b);
/** Unknown years come last. */
const newestReleaseFirst: TitleOrder = (a, b) => (b.releaseYear ?? -1) - (a.releaseYear ?? -1) || byId(a, b);
