/** The catalogue on SQLite: the embedded profile's system of record for titles, people and genres. */
import type { Clock } from '@marquee/domain';
import type { Logger } from '@marquee/service-kit';
import { migrate, openSqlite } from '@marquee/service-kit/sqlite';
import type { Catalogue } from '../index.ts';
import { catalogueOver } from '../relational/open-catalogue.ts';
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

export function createSqliteCatalogue(options: SqliteCatalogueOptions): Catalogue {
  const { file, clock, logger, separateReader } = options;
  return catalogueOver(async () => {
    const opened = await openSqlite<CatalogueTables>({ file, separateReader });
    try {
      const applied = await migrate(opened, sqliteCatalogueMigrations);
      if (applied.length > 0) logger.debug({ applied }, 'catalogue migrated');
    } catch (error) {
      await opened.close();
      throw error;
    }
    const { reader, writer } = opened;
    return { reader, writer, dialect: sqliteCatalogueDialect, clock, close: () => opened.close() };
  });
}
