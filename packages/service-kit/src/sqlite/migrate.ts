/**
 * Forward-only schema migrations. Each runs once, in name order, in a transaction with its own record.
 */
import { type Kysely, sql } from 'kysely';
import { missingMigrations } from '../migration-order.ts';
import type { SqliteDatabase } from './index.ts';

/** Named `001_name`, applied in the order of their names. Never change one that has been released. */
// biome-ignore lint/suspicious/noExplicitAny: a migration sees the schema of its own time, not today's.
export type Migrations = Readonly<Record<string, (db: Kysely<any>) => Promise<void>>>;

interface MigrationTables {
  schema_migrations: { name: string };
}

/**
 * Applies what is missing and returns its names.
 *
 * @throws MarqueeError DATA_CORRUPT, before anything is changed, when the database records a migration that
 *   this code does not know (a newer version wrote it) or that does not fit the order of the known ones.
 */
export async function migrate<Tables>(
  database: Pick<SqliteDatabase<Tables>, 'file' | 'writer'>,
  migrations: Migrations,
): Promise<readonly string[]> {
  const db = database.writer as unknown as Kysely<MigrationTables>;
  const known = Object.keys(migrations).sort();
  await sql`create table if not exists schema_migrations (name text primary key, applied_at text not null) strict`.execute(
    db,
  );
  const recorded = (await db.selectFrom('schema_migrations').select('name').orderBy('name').execute()).map(
    (row) => row.name,
  );
  const missing = missingMigrations(database.file, recorded, known);
  for (const name of missing) {
    await db.transaction().execute(async (transaction) => {
      await migrations[name]!(transaction);
      await sql`insert into schema_migrations (name, applied_at)
        values (${name}, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))`.execute(transaction);
    });
  }
  return missing;
}
