/**
 * Names of genres and people, kept in the process. Names hardly ever change and every page needs the same few,
 * so a request normally reads none. Bounded; the oldest fall out.
 */
import type { GenreId, PersonId } from '@marquee/domain';
import type { TitleTable } from '@marquee/features';
import type { Names } from '../dependencies.ts';
import type { NameBook } from './home-query.ts';
import { LruMap } from './lru-map.ts';

const MAX_NAMES = 20_000;

export class NameCache {
  readonly #titles: TitleTable;
  readonly #names: Names;
  readonly #genres = new LruMap<GenreId, string>(MAX_NAMES);
  readonly #people = new LruMap<PersonId, string>(MAX_NAMES);

  constructor(titles: TitleTable, names: Names) {
    this.#titles = titles;
    this.#names = names;
  }

  /** Names of all genres of the catalogue and of these people. At most one read per kind. */
  async book(personIds: readonly PersonId[]): Promise<NameBook> {
    await Promise.all([
      fill(this.#genres, this.#titles.genreIds(), (ids) => this.#names.genreNames(ids)),
      fill(this.#people, personIds, (ids) => this.#names.personNames(ids)),
    ]);
    return this.lastKnown();
  }

  /** What is known without asking. */
  lastKnown(): NameBook {
    return { genre: (id) => this.#genres.get(id), person: (id) => this.#people.get(id) };
  }
}

async function fill(
  known: LruMap<string, string>,
  ids: readonly string[],
  read: (ids: readonly string[]) => Promise<readonly (string | undefined)[]>,
): Promise<void> {
  const missing = ids.filter((id) => !known.has(id));
  if (missing.length === 0) return;
  const names = await read(missing);
  for (const [i, id] of missing.entries()) {
    const name = names[i];
    if (name !== undefined) known.set(id, name);
  }
}
