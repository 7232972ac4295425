/** The profile system of record on SQLite. Reads have a thread and connection of their own, so that a long batch never delays a request. */
import type { Clock } from '@marquee/domain';
import type { Logger } from '@marquee/service-kit';
import { migrate, openSqlite } from '@marquee/service-kit/sqlite';
import { type SqlBool, sql } from 'kysely';
import type { Profiles } from '../index.ts';
import type { ProfilesDialect } from '../relational/profiles-dialect.ts';
import { relationalProfiles } from '../relational/relational-profiles.ts';
import type { ProfileTables } from '../relational/tables.ts';
import { createProjection } from './projection.ts';
import { sqliteProfileMigrations } from './sqlite-profile-migrations.ts';

export interface SqliteProfilesOptions {
  /** Path of the database file; its folder must exist. */
  readonly file: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

export function createSqliteProfiles({ file, clock, logger }: SqliteProfilesOptions): Profiles {
  return relationalProfiles(sqliteProfilesDialect, async () => {
    const database = await openSqlite<ProfileTables>({ file, separateReader: true });
    try {
      const applied = await migrate(database, sqliteProfileMigrations);
      if (applied.length > 0) logger.info({ file, migrations: applied }, 'migrated profiles');
    } catch (error) {
      await database.close();
      throw error;
    }
    const { reader, writer } = database;
    const apply = createProjection(database, sqliteProfilesDialect, clock);
    return { reader, writer, apply, close: () => database.close() };
  });
}

const sqliteProfilesDialect: ProfilesDialect = {
  isOneOf: (column, values) =>
    sql<SqlBool>`${sql.ref(column)} in (select value from json_each(${JSON.stringify(values)}))`,

  /** One JSON parameter, unpacked by SQLite: one message to the database's thread. */
  rows: (types, rows) =>
    sql`select ${sql.raw(types.map((_, index) => `value ->> ${index}`).join(', '))}
      from json_each(${JSON.stringify(rows)}) where true`,
};
