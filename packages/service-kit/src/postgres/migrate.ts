/**
 * Versioned migrations on PostgreSQL: forward only, each in one transaction with its own record. Many processes may
 * start at once; an advisory lock lets one of them work while the others wait and then find nothing to do.
 */
import { createHash } from 'node:crypto';
import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely';
import { MarqueeError } from '../errors.ts';
import { missingMigrations } from '../migration-order.ts';

export interface PostgresMigration {
  /** Run one after the other. Never change those that have been released: their checksum is recorded. */
  readonly statements: readonly string[];
  /**
   * Processes of the version before this migration may run on a database that has it, as they do during a deploy:
   * it only adds what they do not miss. Default false: they refuse to start.
   */
  readonly olderVersionsMayRun?: boolean;
}

/** Named `001_name`, applied in the order of their names. */
export type PostgresMigrations = Readonly<Record<string, PostgresMigration>>;

interface MigrationTables {
  schema_migrations: {
    component: string;
    name: string;
    checksum: string;
    older_versions_may_run: boolean;
  };
}

export interface MigrationTarget {
  readonly database: Kysely<unknown>;
  /** `host:port/database`, for messages. */
  readonly address: string;
  readonly schema: string;
}

/**
 * Applies what is missing of the component's migrations and returns its names. A database that is up to date is
 * only read, so that a user without the right to change the schema can start on it.
 *
 * @param component whose migrations they are; several may share one schema.
 * @throws MarqueeError DATA_CORRUPT, before anything is changed, when an applied migration has another checksum than
 *   this code's, or when the database has one that this code does not know and that older versions may not run
 *   with; CONFIG_INVALID when the user may not change the schema.
 */
export async function migrate(
  target: MigrationTarget,
  component: string,
  migrations: PostgresMigrations,
): Promise<readonly string[]> {
  const db = target.database as Kysely<MigrationTables>;
  // Not to_regclass: a session that waited for the lock would get the answer it has kept from before.
  const tableExists = async (executor: Kysely<MigrationTables>) =>
    exists(
      executor,
      sql`select from pg_class join pg_namespace n on n.oid = relnamespace
        where relname = 'schema_migrations' and nspname = ${target.schema}`,
    );
  const missing = async (executor: Kysely<MigrationTables>) =>
    plan(
      target,
      component,
      migrations,
      (await tableExists(executor)) ? await recordsOf(executor, component) : [],
    );

  const applied: string[] = [];
  while ((await missing(db)).length > 0) {
    await db.transaction().execute(async (transaction) => {
      // Released with the transaction, so that it also works behind a pooler that shares sessions.
      await sql`select pg_advisory_xact_lock(hashtextextended(${`marquee migrations ${target.schema}`}, 0))`.execute(
        transaction,
      );
      if (!(await tableExists(transaction))) await createRecords(transaction, target.schema);
      const [next] = await missing(transaction);
      if (next === undefined) return;
      await applyOne(transaction, component, next, migrations[next]!);
      applied.push(next);
    });
  }
  return applied;
}

async function recordsOf(db: Kysely<MigrationTables>, component: string) {
  return db
    .selectFrom('schema_migrations')
    .select(['name', 'checksum', 'older_versions_may_run'])
    .where('component', '=', component)
    .orderBy('name')
    .execute();
}

function plan(
  { address, schema }: MigrationTarget,
  component: string,
  migrations: PostgresMigrations,
  records: Awaited<ReturnType<typeof recordsOf>>,
): readonly string[] {
  for (const { name, checksum } of records) {
    const known = migrations[name];
    if (known === undefined || checksumOf(known) === checksum) continue;
    throw new MarqueeError(
      'DATA_CORRUPT',
      `database ${address}, schema ${schema}: migration ${name} of ${component} was applied with other contents than this version has`,
    );
  }
  const compatible = new Set(
    records.filter((record) => record.older_versions_may_run).map(({ name }) => name),
  );
  return missingMigrations(
    `${address}, schema ${schema}, component ${component}`,
    records.map(({ name }) => name),
    Object.keys(migrations).sort(),
    (unknown) => compatible.has(unknown),
  );
}

async function createRecords(transaction: Transaction<MigrationTables>, schema: string): Promise<void> {
  // Asked first, because "if not exists" needs the right to create schemas all the same.
  if (!(await exists(transaction, sql`select from pg_namespace where nspname = ${schema}`))) {
    await sql`create schema ${sql.id(schema)}`.execute(transaction);
  }
  await sql`create table schema_migrations (
    component text collate "C" not null,
    name text collate "C" not null,
    checksum text not null,
    older_versions_may_run boolean not null,
    applied_at timestamptz not null default now(),
    primary key (component, name)
  )`.execute(transaction);
}

async function exists(db: Kysely<MigrationTables>, rows: RawBuilder<unknown>): Promise<boolean> {
  const answer = await sql<{ found: boolean }>`select exists (${rows}) as found`.execute(db);
  return answer.rows[0]!.found;
}

async function applyOne(
  transaction: Transaction<MigrationTables>,
  component: string,
  name: string,
  migration: PostgresMigration,
): Promise<void> {
  for (const statement of migration.statements) await sql.raw(statement).execute(transaction);
  await transaction
    .insertInto('schema_migrations')
    .values({
      component,
      name,
      checksum: checksumOf(migration),
      older_versions_may_run: migration.olderVersionsMayRun ?? false,
    })
    .execute();
}

/** Indentation is no change; everything else is. */
function checksumOf({ statements }: PostgresMigration): string {
  const hash = createHash('sha256');
  for (const statement of statements) hash.update(`${statement.replace(/\s+/g, ' ').trim()}\0`);
  return hash.digest('hex');
}
