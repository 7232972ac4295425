/**
 * Merges folded changes into the tables: a handful of statements per batch, each with thousands of rows, the same
 * few every time.
 */
import { setImmediate } from 'node:timers/promises';
import type { ProfileId } from '@marquee/domain';
import { type CompiledQuery, type Kysely, type RawBuilder, sql } from 'kysely';
import type { ProfileChanges } from '../projection/profile-changes.ts';
import type { Cell, ColumnType, ProfilesDialect } from './profiles-dialect.ts';
import type { ProfileTables } from './tables.ts';

/** Rows per statement: encoding them takes the main thread about a millisecond. */
const ROWS_PER_STATEMENT = 2_000;

type Row = readonly Cell[];
type Changes = ReadonlyMap<ProfileId, ProfileChanges>;
type TableName = keyof ProfileTables & string;

/** The statements that bring these changes into the tables, to be run in this order in one transaction. */
export async function mergeStatements(
  db: Kysely<ProfileTables>,
  dialect: ProfilesDialect,
  changes: Changes,
): Promise<readonly CompiledQuery[]> {
  const statements: CompiledQuery[] = [];
  const erased = [...changes].filter(([, { erasedAt }]) => erasedAt !== undefined).map(([id]) => id);
  if (erased.length > 0) {
    statements.push(
      db.deleteFrom('title_states').where(dialect.isOneOf('profile_id', erased)).compile(),
      db.deleteFrom('person_follows').where(dialect.isOneOf('profile_id', erased)).compile(),
      db.deleteFrom('profiles').where(dialect.isOneOf('id', erased)).compile(),
    );
  }
  const add = async (
    rows: Generator<Row>,
    types: readonly ColumnType[],
    statement: (rows: RawBuilder<unknown>) => RawBuilder<unknown>,
  ) => {
    for (const chunk of chunked(rows)) {
      statements.push(statement(dialect.rows(types, chunk)).compile(db));
      if (chunk.length === ROWS_PER_STATEMENT) await setImmediate();
    }
  };
  await add(erasureRows(changes), ERASURE, putErasures);
  await add(profileRows(changes), PROFILE, putProfiles);
  await add(titleRows(changes), TITLE_STATE, putTitleStates);
  await add(followRows(changes), FOLLOW, putFollows);
  return statements;
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

function* erasureRows(changes: Changes): Generator<Row> {
  for (const [profileId, { erasedAt }] of changes) {
    if (erasedAt !== undefined) yield [profileId, erasedAt];
  }
}

function* profileRows(changes: Changes): Generator<Row> {
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

function* titleRows(changes: Changes): Generator<Row> {
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

function* followRows(changes: Changes): Generator<Row> {
  for (const [profileId, { follows }] of changes) {
    for (const [personId, { value, at }] of follows) yield [profileId, personId, Number(value), at];
  }
}

const ERASURE: readonly ColumnType[] = ['text', 'integer'];

function putErasures(rows: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`insert into erasures (profile_id, erased_at) ${rows}
    on conflict (profile_id) do update set ${keep('erasures', 'later', 'erased_at')}`;
}

const PROFILE: readonly ColumnType[] = [
  ...(['text', 'integer', 'integer', 'integer', 'text', 'text', 'text', 'text', 'text', 'integer'] as const),
];

function putProfiles(rows: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`insert into profiles (id, first_seen_at, registered_at, registration_at, name, segment, region,
      maturity_limit, taste, taste_at) ${rows}
    on conflict (id) do update set
      ${keep('profiles', 'earlier', 'first_seen_at')},
      ${keep('profiles', 'earlier', 'registered_at')},
      ${register('profiles', 'registration_at', 'name', 'segment', 'region', 'maturity_limit')},
      ${register('profiles', 'taste_at', 'taste')}`;
}

const TITLE_STATE: readonly ColumnType[] = [
  ...(['text', 'text', 'text', 'integer', 'integer', 'integer', 'integer', 'integer'] as const),
  ...(['integer', 'integer', 'integer', 'integer'] as const),
];

function putTitleStates(rows: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`insert into title_states (profile_id, title_id, reaction, reaction_at, in_my_list, my_list_at, hidden,
      hidden_at, position_seconds, position_at, watched_seconds, last_watched_at) ${rows}
    on conflict (profile_id, title_id) do update set
      ${register('title_states', 'reaction_at', 'reaction')},
      ${register('title_states', 'my_list_at', 'in_my_list')},
      ${register('title_states', 'hidden_at', 'hidden')},
      ${register('title_states', 'position_at', 'position_seconds')},
      ${keep('title_states', 'later', 'watched_seconds')},
      ${keep('title_states', 'later', 'last_watched_at')}`;
}

const FOLLOW: readonly ColumnType[] = ['text', 'text', 'integer', 'integer'];

function putFollows(rows: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`insert into person_follows (profile_id, person_id, following, at) ${rows}
    on conflict (profile_id, person_id) do update set ${register('person_follows', 'at', 'following')}`;
}

/** Assignments of a register's columns: the incoming ones where they are at least as new as the stored ones. */
function register(table: TableName, at: string, ...values: readonly string[]): RawBuilder<unknown> {
  const newer = `excluded.${at} >= coalesce(${table}.${at}, 0)`;
  const assign = (column: string) =>
    `${column} = case when ${newer} then excluded.${column} else ${table}.${column} end`;
  return sql.raw([...values, at].map(assign).join(', '));
}

/** Assignment of the earlier or later of two numbers, of which a missing one does not count. */
function keep(table: TableName, which: 'earlier' | 'later', column: string): RawBuilder<unknown> {
  const stored = `${table}.${column}`;
  const incoming = `excluded.${column}`;
  const comparison = which === 'earlier' ? '<' : '>';
  return sql.raw(`${column} = case when ${stored} is null or ${incoming} ${comparison} ${stored}
    then ${incoming} else ${stored} end`);
}
