/**
 * The profile system of record over any relational database; an adapter says how it is opened and how a batch is
 * applied. Writes come from the log alone (`apply`); everything else reads.
 */
import type { DeliveredEvent } from '@marquee/domain';
import { MarqueeError, READY } from '@marquee/service-kit';
import { type Expression, type Kysely, type SqlBool, sql } from 'kysely';
import { type AppliedBatch, MAX_IDS, MAX_PAGE, type Page, type Profiles } from '../index.ts';
import { checkpointOf } from './batch-statements.ts';
import { type CursorKey, decodeCursor, encodeCursor, type ListName } from './cursor.ts';
import { readExport } from './export.ts';
import type { ProfilesDialect } from './profiles-dialect.ts';
import { neutralState, toProfile, toTitleState, toWatchedTitle } from './rows.ts';
import type { ProfileTables } from './tables.ts';

/** Applies a batch that is not empty, in one transaction with its partition's checkpoint. */
export type ApplyBatch = (delivered: readonly DeliveredEvent[], partition: number) => Promise<AppliedBatch>;

export interface OpenProfiles {
  readonly reader: Kysely<ProfileTables>;
  readonly writer: Kysely<ProfileTables>;
  readonly apply: ApplyBatch;
  close(): Promise<void>;
}

/** @param open opens the database and brings it up to date. */
export function relationalProfiles(dialect: ProfilesDialect, open: () => Promise<OpenProfiles>): Profiles {
  let database: OpenProfiles | undefined;

  function opened(): OpenProfiles {
    if (database === undefined) throw new MarqueeError('DEPENDENCY_UNAVAILABLE', 'the profiles are not open');
    return database;
  }
  const reader = (): Kysely<ProfileTables> => opened().reader;

  return {
    name: 'profiles',
    async start() {
      database ??= await open();
    },
    async stop() {
      const closing = database;
      database = undefined;
      await closing?.close();
    },
    readiness: () => (database === undefined ? { ready: false, detail: 'not open' } : READY),

    async profilesByIds(ids) {
      boundIds(ids, 'ids');
      const rows = await reader()
        .selectFrom('profiles')
        .selectAll()
        .where(dialect.isOneOf('id', ids))
        .execute();
      const byId = new Map(rows.map((row) => [row.id, toProfile(row)]));
      return ids.map((id) => byId.get(id));
    },

    async titleStates(profileId, titleIds) {
      boundIds(titleIds, 'titleIds');
      const rows = await reader()
        .selectFrom('title_states')
        .selectAll()
        .where('profile_id', '=', profileId)
        .where(dialect.isOneOf('title_id', titleIds))
        .execute();
      const byId = new Map(rows.map((row) => [row.title_id, toTitleState(row)]));
      return titleIds.map((id) => byId.get(id) ?? neutralState(id));
    },

    async myList(profileId, page) {
      const rows = await reader()
        .selectFrom('title_states')
        .select(['title_id', 'my_list_at'])
        .where('profile_id', '=', profileId)
        // A literal, so that the partial index may be used.
        .where(sql<SqlBool>`in_my_list = 1`)
        .where(after('my-list', profileId, 'my_list_at', page.after))
        .orderBy('my_list_at', 'desc')
        .orderBy('title_id', 'desc')
        .limit(boundPage(page.first) + 1)
        .execute();
      const entries = rows.map((row) => ({ titleId: row.title_id, savedAt: row.my_list_at ?? 0 }));
      return toPage(entries, page.first, ({ titleId, savedAt }) =>
        encodeCursor('my-list', profileId, { at: savedAt, titleId }),
      );
    },

    async history(profileId, page) {
      const rows = await reader()
        .selectFrom('title_states')
        .select(['title_id', 'position_seconds', 'watched_seconds', 'last_watched_at'])
        .where('profile_id', '=', profileId)
        .where('last_watched_at', 'is not', null)
        .where(after('history', profileId, 'last_watched_at', page.after))
        .orderBy('last_watched_at', 'desc')
        .orderBy('title_id', 'desc')
        .limit(boundPage(page.first) + 1)
        .execute();
      return toPage(rows.map(toWatchedTitle), page.first, ({ titleId, lastWatchedAt }) =>
        encodeCursor('history', profileId, { at: lastWatchedAt, titleId }),
      );
    },

    async follows(profileId) {
      const rows = await reader()
        .selectFrom('person_follows')
        .select('person_id')
        .where('profile_id', '=', profileId)
        .where('following', '=', 1)
        .orderBy('at', 'desc')
        .orderBy('person_id')
        .execute();
      return rows.map((row) => row.person_id);
    },

    exportProfile: (profileId) => readExport(reader(), profileId),
    async apply(events, partition = 0) {
      const { apply } = opened();
      return events.length > 0 ? apply(events, partition) : { tooLate: 0 };
    },

    // The writer's view: a committed batch counts from the moment its `apply` resolves.
    checkpoint: async (partition = 0) => checkpointOf(opened().writer, partition),

    async count() {
      const row = await reader()
        .selectFrom('profiles')
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .where('registered_at', 'is not', null)
        .executeTakeFirstOrThrow();
      return row.count;
    },

    async list({ first, afterId }) {
      let query = reader().selectFrom('profiles').selectAll().where('registered_at', 'is not', null);
      if (afterId !== undefined) query = query.where('id', '>', afterId);
      const rows = await query.orderBy('id').limit(boundPage(first)).execute();
      return rows.map(toProfile);
    },
  };
}

function after(
  list: ListName,
  profileId: string,
  column: 'my_list_at' | 'last_watched_at',
  cursor: string | undefined,
): Expression<SqlBool> {
  if (cursor === undefined) return sql<SqlBool>`true`;
  const key: CursorKey = decodeCursor(list, profileId, cursor);
  return sql<SqlBool>`(${sql.ref(column)}, title_id) < (${key.at}, ${key.titleId})`;
}

function toPage<T>(rows: readonly T[], first: number, cursorOf: (entry: T) => string): Page<T> {
  return {
    entries: rows.slice(0, first).map((entry) => ({ entry, cursor: cursorOf(entry) })),
    hasNextPage: rows.length > first,
  };
}

function boundPage(first: number): number {
  if (Number.isInteger(first) && first >= 1 && first <= MAX_PAGE) return first;
  throw new MarqueeError('BAD_USER_INPUT', {
    message: `first must be from 1 to ${MAX_PAGE}.`,
    field: 'first',
  });
}

function boundIds(ids: readonly string[], field: string): void {
  if (ids.length <= MAX_IDS) return;
  throw new MarqueeError('BAD_USER_INPUT', { message: `${field} may hold at most ${MAX_IDS} ids.`, field });
}
