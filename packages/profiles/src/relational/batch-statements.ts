/**
 * A batch of events as statements, to be run in one transaction: effects and checkpoint stand or fall together.
 * How the checkpoint is kept from others between its reading and the transaction's end is the adapter's concern.
 */
import { setImmediate } from 'node:timers/promises';
import type { DeliveredEvent, ProfileId } from '@marquee/domain';
import type { CompiledQuery, Kysely } from 'kysely';
import type { AppliedBatch } from '../index.ts';
import {
  foldEvents,
  isProjected,
  type ProfileChanges,
  type ProjectedEvent,
} from '../projection/profile-changes.ts';
import { mergeStatements } from './merge-changes.ts';
import type { ProfilesDialect } from './profiles-dialect.ts';
import type { ProfileTables } from './tables.ts';

/** Events folded between two turns of the event loop; about a millisecond. */
const EVENTS_PER_TURN = 2_000;

export interface Batch {
  readonly delivered: readonly DeliveredEvent[];
  readonly partition: number;
  /** The partition's checkpoint. */
  readonly sequence: number;
  readonly erasedAt: ReadonlyMap<ProfileId, number>;
  /** Epoch milliseconds. */
  readonly now: number;
}

export interface BatchStatements {
  /** Empty when everything in the batch has been applied. */
  readonly statements: readonly CompiledQuery[];
  readonly applied: AppliedBatch;
}

export async function batchStatements(
  db: Kysely<ProfileTables>,
  dialect: ProfilesDialect,
  { delivered, partition, sequence, erasedAt, now }: Batch,
): Promise<BatchStatements> {
  const ordered = delivered.toSorted((a, b) => a.sequence - b.sequence);
  // A redelivered sequence can also stand twice in one batch.
  const fresh = ordered.filter(
    (entry, index) => entry.sequence > sequence && entry.sequence !== ordered[index - 1]?.sequence,
  );
  const last = fresh.at(-1);
  if (last === undefined) return { statements: [], applied: { tooLate: 0 } };
  const events = fresh.map((entry) => entry.event).filter(isProjected);
  const { changes, tooLate } = await fold(events, erasedAt);
  const merge = await mergeStatements(db, dialect, changes);
  const reached = { sequence: last.sequence, applied_at: now };
  const checkpoint = db
    .insertInto('projection_checkpoints')
    .values({ partition, ...reached })
    .onConflict((conflict) => conflict.column('partition').doUpdateSet(reached))
    .compile();
  return { statements: [...merge, checkpoint], applied: { tooLate } };
}

/** 0 when nothing of the partition has been applied. */
export async function checkpointOf(db: Kysely<ProfileTables>, partition: number): Promise<number> {
  const row = await db
    .selectFrom('projection_checkpoints')
    .select('sequence')
    .where('partition', '=', partition)
    .executeTakeFirst();
  return row?.sequence ?? 0;
}

/** When the profiles of these events were erased, for those that were. */
export async function erasuresOf(
  db: Kysely<ProfileTables>,
  dialect: ProfilesDialect,
  delivered: readonly DeliveredEvent[],
): Promise<ReadonlyMap<ProfileId, number>> {
  const profileIds = [...new Set(delivered.map(({ event }) => event.profileId))];
  const erasures = await db
    .selectFrom('erasures')
    .selectAll()
    .where(dialect.isOneOf('profile_id', profileIds))
    .execute();
  return new Map(erasures.map((row) => [row.profile_id, row.erased_at]));
}

async function fold(
  events: readonly ProjectedEvent[],
  erasedAt: ReadonlyMap<ProfileId, number>,
): Promise<{ changes: Map<ProfileId, ProfileChanges>; tooLate: number }> {
  const changes = new Map<ProfileId, ProfileChanges>();
  let tooLate = 0;
  for (let from = 0; from < events.length; from += EVENTS_PER_TURN) {
    if (from > 0) await setImmediate();
    tooLate += foldEvents(events.slice(from, from + EVENTS_PER_TURN), erasedAt, changes);
  }
  return { changes, tooLate };
}
