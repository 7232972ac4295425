/** The catalogue on SQLite: the embedded profile's system of record for titles, people and genres. */
import type { Clock } from '@marquee/domain';
import { type Logger, MarqueeError, READY } from '@marquee/service-kit';
import { migrate, openSqlite, type SqliteDatabase } from '@marquee/service-kit/sqlite';
import type { Catalogue } from '../index.ts';
import { type CatalogueOperations, relationalCatalogue } from '../relational/relational-catalogue.ts';
import type { CatalogueTables } from '../relational/tables.ts';
import { sqliteCatalogueDialect } from './sqlite-catalogue-dialect.ts';
import { sqliteCatalogueMigrations } from './sqlite-catalogue-migrations.ts';

export interface SqliteCatalogueOptions {
  /** Path of the database, whose folder exists, or `:memory:`. */
  readonly file: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Reads in a thread of their own, so that a large write does not hold them up. Not for `:memory:`. */
  readonly separateReader?: boolean;
}

/**
 * The database is opened, and brought up to date, by `start`; before that and after `stop` every call fails
 * with DEPENDENCY_UNAVAILABLE.
 */
export function createSqliteCatalogue(options: SqliteCatalogueOptions): Catalogue {
  const { file, clock, logger, separateReader } = options;
  let database: SqliteDatabase<CatalogueTables> | undefined;
  let operations: CatalogueOperations | undefined;

  async function ready(): Promise<CatalogueOperations> {
    if (operations !== undefined) return operations;
    throw new MarqueeError('DEPENDENCY_UNAVAILABLE', 'the catalogue is not started');
  }

  return {
    name: 'catalogue',
    async start() {
      if (database !== undefined) return;
      const opened = await openSqlite<CatalogueTables>({ file, separateReader });
      try {
        const applied = await migrate(opened, sqliteCatalogueMigrations);
        if (applied.length > 0) logger.debug({ applied }, 'catalogue migrated');
      } catch (error) {
        await opened.close();
        throw error;
      }
      database = opened;
      const { reader, writer } = opened;
      operations = relationalCatalogue({ reader, writer, dialect: sqliteCatalogueDialect, clock });
    },
    async stop() {
      operations = undefined;
      const opened = database;
      database = undefined;
      await opened?.close();
    },
    readiness: () =>
      operations === undefined ? { ready: false, detail: 'the catalogue is not started' } : READY,

    titlesByIds: async (ids) => (await ready()).titlesByIds(ids),
    peopleByIds: async (ids) => (await ready()).peopleByIds(ids),
    genresByIds: async (ids) => (await ready()).genresByIds(ids),
    genres: async () => (await ready()).genres(),
    findTitles: async (query) => (await ready()).findTitles(query),
    titlesByPeople: async (ids, query) => (await ready()).titlesByPeople(ids, query),
    scan: async function* (scanOptions) {
      yield* (await ready()).scan(scanOptions);
    },
    put: async (batch) => (await ready()).put(batch),
    remove: async (ids) => (await ready()).remove(ids),
    count: async () => (await ready()).count(),
  };
}
