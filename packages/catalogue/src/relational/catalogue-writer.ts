/** Writes batches of titles, people and genres, each in one transaction. */
import type { Clock, Title } from '@marquee/domain';
import { MarqueeError } from '@marquee/service-kit';
import { type Kysely, type SqlBool, sql } from 'kysely';
import type { CatalogueBatch } from '../index.ts';
import type { CatalogueDialect, RowBatch, TableName } from './catalogue-dialect.ts';
import { type CatalogueTables, sortName } from './tables.ts';
import { requireStorableName, requireStorableTitle } from './title-validation.ts';

/** Rows per statement, and checked at a stretch: a few milliseconds of work. */
const ROWS_PER_STATEMENT = 500;

interface Named {
  readonly id: string;
  readonly name: string;
}

export class CatalogueWriter {
  readonly #db: Kysely<CatalogueTables>;
  readonly #dialect: CatalogueDialect;
  readonly #clock: Clock;

  constructor(db: Kysely<CatalogueTables>, dialect: CatalogueDialect, clock: Clock) {
    this.#db = db;
    this.#dialect = dialect;
    this.#clock = clock;
  }

  /** @throws MarqueeError BAD_USER_INPUT naming what is wrong; nothing of the batch is kept then. */
  async put(batch: CatalogueBatch): Promise<void> {
    const genres = lastOfEach(batch.genres ?? []);
    const people = lastOfEach(batch.people ?? []);
    const titles = lastOfEach(batch.titles ?? []);
    await this.#db.transaction().execute(async (db) => {
      await this.#dialect.beginWrite(db);
      for (const part of chunks(genres)) await this.#putNamed(db, 'genres', part);
      for (const part of chunks(people)) await this.#putNamed(db, 'people', part);
      for (const part of chunks(titles)) await this.#putTitles(db, part);
    });
  }

  async remove(ids: readonly string[]): Promise<void> {
    await this.#db.transaction().execute(async (db) => {
      await this.#dialect.beginWrite(db);
      for (const part of chunks(ids)) {
        await this.#dialect.unindex(db, this.#dialect.isOneOf('t.id', part));
        await db.deleteFrom('titles').where(this.#dialect.isOneOf('id', part)).execute();
      }
    });
  }

  /** People or genres. Where one gets another name, the titles that refer to it must be found by the new one. */
  async #putNamed(
    db: Kysely<CatalogueTables>,
    table: 'genres' | 'people',
    values: readonly Named[],
  ): Promise<void> {
    for (const value of values) requireStorableName(table === 'genres' ? 'genre' : 'person', value);
    const ids = values.map(({ id }) => id);
    const known = await db
      .selectFrom(table)
      .select(['id', 'name'])
      .where(this.#dialect.isOneOf('id', ids))
      .execute();
    const names = new Map(known.map(({ id, name }) => [id, name]));
    await this.#insert(db, {
      table,
      columns: ['id', 'name'],
      rows: values.map(({ id, name }) => [id, name]),
      replaceOn: 'id',
    });
    const renamed = values
      .filter(({ id, name }) => names.has(id) && names.get(id) !== name)
      .map(({ id }) => id);
    if (renamed.length === 0) return;
    const [credits, id] =
      table === 'genres' ? (['title_genres', 'genre_id'] as const) : (['title_people', 'person_id'] as const);
    const referring = sql<SqlBool>`t.id in
      (select title_id from ${sql.table(credits)} where ${this.#dialect.isOneOf(id, renamed)})`;
    await this.#dialect.index(db, referring);
  }

  async #putTitles(db: Kysely<CatalogueTables>, titles: readonly Title[]): Promise<void> {
    for (const title of titles) requireStorableTitle(title);
    await this.#requireKnown(db, 'genres', titles, (title) => title.genreIds);
    await this.#requireKnown(db, 'people', titles, (title) => [...title.directorIds, ...title.castIds]);
    const updatedAt = this.#clock.now();
    await this.#insert(db, {
      table: 'titles',
      columns: TITLE_COLUMNS,
      rows: titles.map((title) => titleCells(title, updatedAt)),
      replaceOn: 'id',
    });
    const ids = titles.map(({ id }) => id);
    const belonging = this.#dialect.isOneOf('title_id', ids);
    await db.deleteFrom('title_genres').where(belonging).execute();
    await db.deleteFrom('title_people').where(belonging).execute();
    await db.deleteFrom('availability_windows').where(belonging).execute();
    await this.#insert(db, {
      table: 'title_genres',
      columns: ['title_id', 'ordinal', 'genre_id'],
      rows: titles.flatMap(({ id, genreIds }) => unique(genreIds).map((genreId, i) => [id, i, genreId])),
    });
    await this.#insert(db, {
      table: 'title_people',
      columns: ['title_id', 'role', 'ordinal', 'person_id'],
      rows: titles.flatMap(({ id, directorIds, castIds }) => [
        ...unique(directorIds).map((personId, i) => [id, 'director', i, personId]),
        ...unique(castIds).map((personId, i) => [id, 'cast', i, personId]),
      ]),
    });
    await this.#insert(db, {
      table: 'availability_windows',
      columns: ['title_id', 'ordinal', 'starts_at', 'ends_at', 'regions'],
      rows: titles.flatMap(({ id, availability }) =>
        availability.map(({ from, to, regions }, i) => [
          id,
          i,
          from,
          to ?? null,
          regions === undefined ? null : JSON.stringify(regions),
        ]),
      ),
    });
    await this.#dialect.index(db, this.#dialect.isOneOf('t.id', ids));
  }

  async #requireKnown(
    db: Kysely<CatalogueTables>,
    table: 'genres' | 'people',
    titles: readonly Title[],
    references: (title: Title) => readonly string[],
  ): Promise<void> {
    const known = new Set<string>();
    for (const part of chunks([...new Set(titles.flatMap(references))])) {
      const rows = await db.selectFrom(table).select('id').where(this.#dialect.isOneOf('id', part)).execute();
      for (const { id } of rows) known.add(id);
    }
    for (const title of titles) {
      const unknown = references(title).find((id) => !known.has(id));
      if (unknown === undefined) continue;
      const what = table === 'genres' ? 'genre' : 'person';
      throw new MarqueeError('BAD_USER_INPUT', {
        message: `title ${JSON.stringify(title.id)} names the unknown ${what} ${JSON.stringify(unknown)}`,
        field: 'titles',
      });
    }
  }

  async #insert<T extends TableName>(db: Kysely<CatalogueTables>, batch: RowBatch<T>): Promise<void> {
    for (const rows of chunks(batch.rows)) await this.#dialect.insertRows(db, { ...batch, rows });
  }
}

const TITLE_COLUMNS = [
  'id',
  'name',
  'sort_name',
  'kind',
  'synopsis',
  'release_year',
  'added_at',
  'runtime_minutes',
  'maturity_rating',
  'studio',
  'average_score',
  'score_count',
  'artwork_variants',
  'updated_at',
] as const satisfies readonly (keyof CatalogueTables['titles'])[];

function titleCells(title: Title, updatedAt: number) {
  return [
    title.id,
    title.name,
    sortName(title.name),
    title.kind,
    title.synopsis ?? null,
    title.releaseYear ?? null,
    title.addedAt,
    title.runtimeMinutes ?? null,
    title.maturityRating,
    title.studio ?? null,
    title.averageScore ?? null,
    title.scoreCount ?? null,
    title.artworkVariants ?? null,
    updatedAt,
  ];
}

/** One per id: the last, as if they had been put one after the other. */
function lastOfEach<T extends { readonly id: string }>(values: readonly T[]): readonly T[] {
  return [...new Map(values.map((value) => [value.id, value])).values()];
}

function unique(ids: readonly string[]): readonly string[] {
  return [...new Set(ids)];
}

function* chunks<T>(values: readonly T[]): Generator<readonly T[]> {
  for (let i = 0; i < values.length; i += ROWS_PER_STATEMENT) yield values.slice(i, i + ROWS_PER_STATEMENT);
}
