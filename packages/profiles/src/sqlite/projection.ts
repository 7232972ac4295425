/** Applies events to the tables: one transaction per call, in which effects and checkpoint stand or fall together. */
import { setImmediate } from 'node:timers/promises';
import type { Clock, DeliveredEvent, ProfileId } from '@marquee/domain';
import type { SqliteDatabase } from '@marquee/service-kit/sqlite';
import { sql, type Transaction } from 'kysely';
import {
  foldEvents,
  isProjected,
  type ProfileChanges,
  type ProjectedEvent,
} from '../projection/profile-changes.ts';
import { mergeChanges } from './merge-changes.ts';
import type { ProfileTables } from './schema.ts';

/** Events folded between two turns of the event loop; about a millisecond. */
const EVENTS_PER_TURN = 2_000;

export async function applyEvents(
  database: SqliteDatabase<ProfileTables>,
  clock: Clock,
  delivered: readonly DeliveredEvent[],
): Promise<void> {
  if (delivered.length === 0) return;
  const ordered = delivered.toSorted((a, b) => a.sequence - b.sequence);
  await database.writer.transaction().execute(async (transaction) => {
    const { sequence } = await transaction
      .selectFrom('projection_checkpoint')
      .select('sequence')
      .executeTakeFirstOrThrow();
    // A redelivered sequence can also stand twice in one batch.
    const fresh = ordered.filter(
      (entry, index) => entry.sequence > sequence && entry.sequence !== ordered[index - 1]?.sequence,
    );
    const last = fresh.at(-1);
    if (last === undefined) return;
    const events = fresh.map((entry) => entry.event).filter(isProjected);
    if (events.length > 0) await mergeChanges(transaction, await fold(transaction, events));
    await transaction
      .updateTable('projection_checkpoint')
      .set({ sequence: last.sequence, applied_at: clock.now() })
      .execute();
  });
}

async function fold(
  transaction: Transaction<ProfileTables>,
  events: readonly ProjectedEvent[],
): Promise<Map<ProfileId, ProfileChanges>> {
  const profileIds = [...new Set(events.map((event) => event.profileId))];
  const erasures = await transaction
    .selectFrom('erasures')
    .selectAll()
    .where('profile_id', 'in', sql<string>`(select value from json_each(${JSON.stringify(profileIds)}))`)
    .execute();
  const erasedAt = new Map(erasures.map((row) => [row.profile_id, row.erased_at]));
  const changes = new Map<ProfileId, ProfileChanges>();
  for (let from = 0; from < events.length; from += EVENTS_PER_TURN) {
    if (from > 0) await setImmediate();
    foldEvents(events.slice(from, from + EVENTS_PER_TURN), erasedAt, changes);
  }
  return changes;
}
