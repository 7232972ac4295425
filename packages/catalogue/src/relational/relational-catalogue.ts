/** The catalogue's reads and writes over any relational database. An adapter adds the connection's life. */
import type { Clock, Genre, Person, Title } from '@marquee/domain';
import { MarqueeError } from '@marquee/service-kit';
import type { Kysely } from 'kysely';
import { type Catalogue, MAX_IDS } from '../index.ts';
import type { CatalogueDialect } from './catalogue-dialect.ts';
import { CatalogueWriter } from './catalogue-writer.ts';
import type { CatalogueTables } from './tables.ts';
import { findTitles, titlesByPeople } from './title-lists.ts';
import { titleColumns, titleFromRow } from './title-rows.ts';

const DEFAULT_SCAN_BATCH = 500;

export interface RelationalOptions {
  readonly reader: Kysely<CatalogueTables>;
  readonly writer: Kysely<CatalogueTables>;
  readonly dialect: CatalogueDialect;
  readonly clock: Clock;
}

export type CatalogueOperations = Omit<Catalogue, 'name' | 'start' | 'stop' | 'readiness'>;

export function relationalCatalogue(options: RelationalOptions): CatalogueOperations {
  const { reader, dialect } = options;
  const writer = new CatalogueWriter(options.writer, dialect, options.clock);
  const columns = titleColumns(dialect);

  async function named(table: 'genres' | 'people', ids: readonly string[]) {
    requireBounded(ids);
    if (ids.length === 0) return [];
    const rows = await reader
      .selectFrom(table)
      .select(['id', 'name'])
      .where(dialect.isOneOf('id', ids))
      .execute();
    return inOrder(ids, rows);
  }

  return {
    async titlesByIds(ids) {
      requireBounded(ids);
      if (ids.length === 0) return [];
      const rows = await reader
        .selectFrom('titles as t')
        .select(columns)
        .where(dialect.isOneOf('t.id', ids))
        .execute();
      return inOrder(ids, rows.map(titleFromRow));
    },
    peopleByIds: (ids): Promise<readonly (Person | undefined)[]> => named('people', ids),
    genresByIds: (ids): Promise<readonly (Genre | undefined)[]> => named('genres', ids),
    async genres() {
      const rows = await reader.selectFrom('genres').select(['id', 'name']).execute();
      const collator = new Intl.Collator('en');
      return rows.sort((a, b) => collator.compare(a.name, b.name) || (a.id < b.id ? -1 : 1));
    },
    findTitles: (query) => findTitles(reader, dialect, query),
    titlesByPeople: (ids, query) => titlesByPeople(reader, dialect, ids, query),
    async *scan({ batchSize = DEFAULT_SCAN_BATCH } = {}): AsyncGenerator<readonly Title[]> {
      let last: string | undefined;
      for (;;) {
        let page = reader.selectFrom('titles as t').select(columns).orderBy('t.id').limit(batchSize);
        if (last !== undefined) page = page.where('t.id', '>', last);
        const rows = await page.execute();
        if (rows.length > 0) yield rows.map(titleFromRow);
        if (rows.length < batchSize) return;
        last = rows.at(-1)?.id;
      }
    },
    put: (batch) => writer.put(batch),
    remove: (ids) => writer.remove(ids),
    async count() {
      const row = await reader
        .selectFrom('titles')
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow();
      return Number(row.count);
    },
  };
}

function inOrder<T extends { readonly id: string }>(
  ids: readonly string[],
  values: readonly T[],
): readonly (T | undefined)[] {
  const byId = new Map(values.map((value) => [value.id, value]));
  return ids.map((id) => byId.get(id));
}

function requireBounded(ids: readonly string[]): void {
  if (ids.length <= MAX_IDS) return;
  throw new MarqueeError('BAD_USER_INPUT', {
    message: `At most ${MAX_IDS} ids per call, not ${ids.length}.`,
    field: 'ids',
  });
}
