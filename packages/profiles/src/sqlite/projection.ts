/**
 * Applies events on SQLite. A mutation's answer waits for the batch that holds its event, and every message to the
 * database's thread costs a turn of the event loop, which is long under load; so a batch is one message that reads
 * and one that writes. What was read still holds when it is written: batches are applied one after the other, and
 * nobody else writes.
 */
import type { Clock, DeliveredEvent } from '@marquee/domain';
import type { SqliteDatabase } from '@marquee/service-kit/sqlite';
import type { AppliedBatch } from '../index.ts';
import { batchStatements, checkpointOf, erasuresOf } from '../relational/batch-statements.ts';
import type { ProfilesDialect } from '../relational/profiles-dialect.ts';
import type { ApplyBatch } from '../relational/relational-profiles.ts';
import type { ProfileTables } from '../relational/tables.ts';

/** @param database nobody else may write to it. */
export function createProjection(
  database: SqliteDatabase<ProfileTables>,
  dialect: ProfilesDialect,
  clock: Clock,
): ApplyBatch {
  let last: Promise<unknown> = Promise.resolve();

  async function apply(delivered: readonly DeliveredEvent[], partition: number): Promise<AppliedBatch> {
    const { writer } = database;
    const [sequence, erasedAt] = await Promise.all([
      checkpointOf(writer, partition),
      erasuresOf(writer, dialect, delivered),
    ]);
    const batch = { delivered, partition, sequence, erasedAt, now: clock.now() };
    const { statements, applied } = await batchStatements(writer, dialect, batch);
    if (statements.length > 0) await database.executeTogether(statements);
    return applied;
  }

  return (delivered, partition) => {
    const applied = last.then(() => apply(delivered, partition));
    // A batch that fails is its caller's to deliver again; it does not keep the next one out.
    last = applied.catch(() => undefined);
    return applied;
  };
}
