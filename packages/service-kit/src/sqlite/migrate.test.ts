import { temporaryFolder } from '@marquee/testkit';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { type Migrations, migrate, openSqlite, type SqliteDatabase } from './index.ts';

const one: Migrations = {
  '001_films': (db) => db.schema.createTable('films').addColumn('id', 'integer').execute(),
};
const two: Migrations = {
  // Listed first on purpose: names give the order.
  '002_people': (db) => db.schema.createTable('people').addColumn('id', 'integer').execute(),
  ...one,
};

async function withDatabase(use: (database: SqliteDatabase<Record<string, unknown>>) => Promise<void>) {
  const folder = temporaryFolder();
  const database = await openSqlite<Record<string, unknown>>({ file: folder.file('films.sqlite') });
  try {
    await use(database);
  } finally {
    await database.close();
    await folder.remove();
  }
}

const tables = async (database: SqliteDatabase<Record<string, unknown>>) =>
  (await database.writer.introspection.getTables())
    .map((table) => table.name)
    .filter((name) => name !== 'schema_migrations');

describe('schema migrations', () => {
  it('apply once each, in the order of their names', () =>
    withDatabase(async (database) => {
      expect(await migrate(database, one)).toEqual(['001_films']);
      expect(await migrate(database, two)).toEqual(['002_people']);
      expect(await migrate(database, two)).toEqual([]);
      expect(await tables(database)).toEqual(['films', 'people']);
    }));

  it('leave nothing of a migration that failed, and keep those before it', () =>
    withDatabase(async (database) => {
      const failing: Migrations = {
        ...one,
        '002_people': async (db) => {
          await db.schema.createTable('people').addColumn('id', 'integer').execute();
          await sql`insert into nowhere values (1)`.execute(db);
        },
      };
      await expect(migrate(database, failing)).rejects.toThrow('nowhere');
      expect(await tables(database)).toEqual(['films']);
      expect(await migrate(database, two)).toEqual(['002_people']);
    }));

  it('refuse a database of a newer version before anything is changed', () =>
    withDatabase(async (database) => {
      await migrate(database, two);
      await expect(migrate(database, one)).rejects.toMatchObject({
        code: 'DATA_CORRUPT',
        message: `database ${database.file} has migration 002_people, which this version does not know`,
      });
    }));

  it('refuse a migration that slipped in before one that was applied', () =>
    withDatabase(async (database) => {
      await migrate(database, two);
      await expect(
        migrate(database, { ...two, '001_artists': (db) => db.schema.createTable('artists').execute() }),
      ).rejects.toMatchObject({
        code: 'DATA_CORRUPT',
        message: `database ${database.file} has migration 001_films but not 001_artists, which comes before it`,
      });
    }));
});
