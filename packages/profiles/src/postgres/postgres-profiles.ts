/** The profile system of record on PostgreSQL: written by whoever owns a partition of the log, read by everybody. */
import type { Clock, DeliveredEvent } from '@marquee/domain';
import type { Postgres } from '@marquee/service-kit/postgres';
import { type Kysely, type SqlBool, sql, type Transaction } from 'kysely';
import type { AppliedBatch, Profiles } from '../index.ts';
import { batchStatements, erasuresOf } from '../relational/batch-statements.ts';
import type { ProfilesDialect } from '../relational/profiles-dialect.ts';
import { relationalProfiles } from '../relational/relational-profiles.ts';
import type { ProfileTables } from '../relational/tables.ts';
import { postgresProfileMigrations } from './postgres-profile-migrations.ts';

export interface PostgresProfilesOptions {
  /** Started before the profiles and stopped after them; may serve other adapters too. */
  readonly postgres: Postgres;
  readonly clock: Clock;
}

/** Any number of processes may read and apply: batches of one partition go one after the other. */
export function createPostgresProfiles({ postgres, clock }: PostgresProfilesOptions): Profiles {
  return relationalProfiles(postgresProfilesDialect, async () => {
    await postgres.migrate('profiles', postgresProfileMigrations);
    const database = postgres.database<ProfileTables>();
    return {
      reader: database,
      writer: database,
      apply: (delivered, partition) => applyBatch(database, clock, delivered, partition),
      close: async () => {},
    };
  });
}

const SQL_TYPES = { text: 'text[]', integer: 'bigint[]' } as const;

const postgresProfilesDialect: ProfilesDialect = {
  isOneOf: (column, values) => sql<SqlBool>`${sql.ref(column)} = any(${values}::text[])`,

  /** One array per column, put side by side again by the server. */
  rows(types, rows) {
    const lists = types.map((type, i) => sql`${rows.map((row) => row[i])}::${sql.raw(SQL_TYPES[type])}`);
    return sql`select * from unnest(${sql.join(lists)})`;
  },
};

async function applyBatch(
  database: Kysely<ProfileTables>,
  clock: Clock,
  delivered: readonly DeliveredEvent[],
  partition: number,
): Promise<AppliedBatch> {
  return database.transaction().execute(async (transaction) => {
    const sequence = await lockCheckpoint(transaction, partition);
    const erasedAt = await erasuresOf(transaction, postgresProfilesDialect, delivered);
    const batch = { delivered, partition, sequence, erasedAt, now: clock.now() };
    const { statements, applied } = await batchStatements(transaction, postgresProfilesDialect, batch);
    for (const statement of statements) await transaction.executeQuery(statement);
    return applied;
  });
}

/**
 * The partition's checkpoint, which nobody else can have until the end of the transaction: a process that applies the
 * same events at the same time waits here, and then finds them applied.
 */
async function lockCheckpoint(transaction: Transaction<ProfileTables>, partition: number): Promise<number> {
  // There must be a row for the lock to hold; of two that insert it, one waits for the other.
  await transaction
    .insertInto('projection_checkpoints')
    .values({ partition, sequence: 0, applied_at: 0 })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const row = await transaction
    .selectFrom('projection_checkpoints')
    .select('sequence')
    .where('partition', '=', partition)
    .forUpdate()
    .executeTakeFirstOrThrow();
  return row.sequence;
}
