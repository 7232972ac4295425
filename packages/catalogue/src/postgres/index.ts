/** The catalogue on PostgreSQL: the distributed profile's system of record for titles, people and genres. */
import type { Clock } from '@marquee/domain';
import type { Postgres } from '@marquee/service-kit/postgres';
import type { Catalogue } from '../index.ts';
import { catalogueOver } from '../relational/open-catalogue.ts';
import type { CatalogueTables } from '../relational/tables.ts';
import { postgresCatalogueDialect } from './postgres-catalogue-dialect.ts';
import { postgresCatalogueMigrations } from './postgres-catalogue-migrations.ts';

export interface PostgresCatalogueOptions {
  /** Started before the catalogue and stopped after it; may serve other adapters too. */
  readonly postgres: Postgres;
  readonly clock: Clock;
}

/** Any number of processes may have one over the same schema; writes of one at a time. */
export function createPostgresCatalogue({ postgres, clock }: PostgresCatalogueOptions): Catalogue {
  return catalogueOver(async () => {
    await postgres.migrate('catalogue', postgresCatalogueMigrations);
    const database = postgres.database<CatalogueTables>();
    return {
      reader: database,
      writer: database,
      dialect: postgresCatalogueDialect,
      clock,
      close: async () => {},
    };
  });
}
