/**
 * Merges folded changes into the tables. Rows travel as one JSON parameter per statement and are unpacked by
 * SQLite (`json_each`): a handful of messages to the database's thread per batch, inside an ordinary
 * transaction, with the same few prepared statements every time.
 */
import { setImmediate } from 'node:timers/promises';
import type { ProfileId } from '@marquee/domain';
import { type RawBuilder, sql, type Transaction } from 'kysely';
import type { ProfileChanges } from '../projection/profile-changes.ts';
import type { ProfileTables } from './schema.ts';

/** Rows per statement: encoding them takes the main thread about a millisecond. */
const ROWS_PER_STATEMENT = 2_000;

type Row = readonly (string | number | null)[];

export async function mergeChanges(
  transaction: Transaction<ProfileTables>,
  changes: ReadonlyMap<ProfileId, ProfileChanges>,
): Promise<void> {
  const write = async (rows: Generator<Row>, statement: (rows: string) => RawBuilder<unknown>) => {
    for (const chunk of chunked(rows)) {
      await statement(JSON.stringify(chunk)).execute(transaction);
      await setImmediate();
    }
  };
  await write(erasureRows(changes), (rows) => erase('title_states', 'profile_id', rows));
  await write(erasureRows(changes), (rows) => erase('person_follows', 'profile_id', rows));
  await write(erasureRows(changes), (rows) => erase('profiles', 'id', rows));
  await write(erasureRows(changes), putErasures);
  await write(profileRows(changes), putProfiles);
  await write(titleRows(changes), putTitleStates);
  await write(followRows(changes), putFollows);
}

function* chunked(rows: Generator<Row>): Generator<Row[]> {
  let chunk: Row[] = [];
  for (const row of rows) {
    chunk.push(row);
    if (chunk.length < ROWS_PER_STATEMENT) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

function* erasureRows(changes: ReadonlyMap<ProfileId, ProfileChanges>): Generator<Row> {
  for (const [profileId, { erasedAt }] of changes) {
    if (erasedAt !== undefined) yield [profileId, erasedAt];
  }
}

function* profileRows(changes: ReadonlyMap<ProfileId, ProfileChanges>): Generator<Row> {
  for (const [profileId, { firstSeenAt, registeredAt, registration, taste }] of changes) {
    if (firstSeenAt === undefined) continue;
    const details = registration?.value;
    yield [
      profileId,
      firstSeenAt,
      registeredAt ?? null,
      registration?.at ?? null,
      details?.name ?? null,
      details?.segment ?? null,
      details?.region ?? null,
      details?.maturityLimit ?? null,
      taste === undefined ? null : JSON.stringify(taste.value),
      taste?.at ?? null,
    ];
  }
}

function* titleRows(changes: ReadonlyMap<ProfileId, ProfileChanges>): Generator<Row> {
  const bit = (value: boolean | undefined) => (value === undefined ? null : Number(value));
  for (const [profileId, { titles }] of changes) {
    for (const [titleId, title] of titles) {
      yield [
        profileId,
        titleId,
        title.reaction?.value ?? null,
        title.reaction?.at ?? null,
        bit(title.inMyList?.value),
        title.inMyList?.at ?? null,
        bit(title.hidden?.value),
        title.hidden?.at ?? null,
        title.position?.value ?? null,
        title.position?.at ?? null,
        title.watchedSeconds ?? null,
        title.lastWatchedAt ?? null,
      ];
    }
  }
}

function* followRows(changes: ReadonlyMap<ProfileId, ProfileChanges>): Generator<Row> {
  for (const [profileId, { follows }] of changes) {
    for (const [personId, { value, at }] of follows) yield [profileId, personId, Number(value), at];
  }
}

/** `select` list that unpacks the first `width` entries of each row. */
function columns(width: number): RawBuilder<unknown> {
  return sql.raw(Array.from({ length: width }, (_, index) => `value ->> ${index}`).join(', '));
}

function erase(table: keyof ProfileTables, column: string, rows: string): RawBuilder<unknown> {
  return sql`delete from ${sql.table(table)} where ${sql.ref(column)} in
    (select value ->> 0 from json_each(${rows}))`;
}

function putErasures(rows: string): RawBuilder<unknown> {
  return sql`insert into erasures (profile_id, erased_at)
    select ${columns(2)} from json_each(${rows}) where true
    on conflict (profile_id) do update set erased_at = max(erased_at, excluded.erased_at)`;
}

/** Assignments of a register's columns: the incoming ones where they are at least as new as the stored ones. */
function registerOf(at: string, ...values: readonly string[]): RawBuilder<unknown> {
  const assign = (column: string) =>
    `${column} = iif(excluded.${at} >= ifnull(${at}, 0), excluded.${column}, ${column})`;
  return sql.raw([...values, at].map(assign).join(', '));
}

function putProfiles(rows: string): RawBuilder<unknown> {
  return sql`insert into profiles (id, first_seen_at, registered_at, registration_at, name, segment, region,
      maturity_limit, taste, taste_at)
    select ${columns(10)} from json_each(${rows}) where true
    on conflict (id) do update set
      first_seen_at = min(first_seen_at, excluded.first_seen_at),
      registered_at = min(ifnull(registered_at, excluded.registered_at), ifnull(excluded.registered_at, registered_at)),
      ${registerOf('registration_at', 'name', 'segment', 'region', 'maturity_limit')},
      ${registerOf('taste_at', 'taste')}`;
}

function putTitleStates(rows: string): RawBuilder<unknown> {
  return sql`insert into title_states (profile_id, title_id, reaction, reaction_at, in_my_list, my_list_at, hidden,
      hidden_at, position_seconds, position_at, watched_seconds, last_watched_at)
    select ${columns(12)} from json_each(${rows}) where true
    on conflict (profile_id, title_id) do update set
      ${registerOf('reaction_at', 'reaction')},
      ${registerOf('my_list_at', 'in_my_list')},
      ${registerOf('hidden_at', 'hidden')},
      ${registerOf('position_at', 'position_seconds')},
      watched_seconds = max(ifnull(watched_seconds, excluded.watched_seconds), ifnull(excluded.watched_seconds, watched_seconds)),
      last_watched_at = max(ifnull(last_watched_at, excluded.last_watched_at), ifnull(excluded.last_watched_at, last_watched_at))`;
}

function putFollows(rows: string): RawBuilder<unknown> {
  return sql`insert into person_follows (profile_id, person_id, following, at)
    select ${columns(4)} from json_each(${rows}) where true
    on conflict (profile_id, person_id) do update set ${registerOf('at', 'following')}`;
}
