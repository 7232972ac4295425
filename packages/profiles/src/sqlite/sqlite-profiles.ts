/**
 * The profile system of record on SQLite. Writes come from the log alone (`apply`); everything else reads, on a
 * thread and connection of its own, so that a long batch never delays a request.
 */
import type { Clock } from '@marquee/domain';
import { type Logger, MarqueeError, READY } from '@marquee/service-kit';
import { migrate, openSqlite, type SqliteDatabase } from '@marquee/service-kit/sqlite';
import { type Expression, type Kysely, type SqlBool, sql } from 'kysely';
import { MAX_IDS, MAX_PAGE, type Page, type Profiles } from '../index.ts';
import { type CursorKey, decodeCursor, encodeCursor, type ListName } from './cursor.ts';
import { readExport } from './export.ts';
import { applyEvents } from './projection.ts';
import { neutralState, toProfile, toTitleState, toWatchedTitle } from './rows.ts';
import { PROFILE_MIGRATIONS, type ProfileTables } from './schema.ts';

export interface SqliteProfilesOptions {
  /** Path of the database file; its folder must exist. */
  readonly file: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

export function createSqliteProfiles({ file, clock, logger }: SqliteProfilesOptions): Profiles {
  let database: SqliteDatabase<ProfileTables> | undefined;

  function open(): SqliteDatabase<ProfileTables> {
    if (database === undefined) {
      throw new MarqueeError('DEPENDENCY_UNAVAILABLE', `profiles in ${file} are not open`);
    }
    return database;
  }
  const reader = (): Kysely<ProfileTables> => open().reader;

  return {
    name: 'profiles',
    async start() {
      if (database !== undefined) return;
      const opened = await openSqlite<ProfileTables>({ file, separateReader: true });
      try {
        const applied = await migrate(opened, PROFILE_MIGRATIONS);
        if (applied.length > 0) logger.info({ file, migrations: applied }, 'migrated profiles');
      } catch (error) {
        await opened.close();
        throw error;
      }
      database = opened;
    },
    async stop() {
      const closing = database;
      database = undefined;
      await closing?.close();
    },
    readiness: () => (database === undefined ? { ready: false, detail: 'not open' } : READY),

    async profilesByIds(ids) {
      boundIds(ids, 'ids');
      const rows = await reader().selectFrom('profiles').selectAll().where('id', 'in', anyOf(ids)).execute();
      const byId = new Map(rows.map((row) => [row.id, toProfile(row)]));
      return ids.map((id) => byId.get(id));
    },

    async titleStates(profileId, titleIds) {
      boundIds(titleIds, 'titleIds');
      const rows = await reader()
        .selectFrom('title_states')
        .selectAll()
        .where('profile_id', '=', profileId)
        .where('title_id', 'in', anyOf(titleIds))
        .execute();
      const byId = new Map(rows.map((row) => [row.title_id, toTitleState(row)]));
      return titleIds.map((id) => byId.get(id) ?? neutralState(id));
    },

    async myList(profileId, page) {
      const rows = await reader()
        .selectFrom('title_states')
        .select(['title_id', 'my_list_at'])
        .where('profile_id', '=', profileId)
        // A literal, so that SQLite may use the partial index.
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
    apply: (events) => applyEvents(open(), clock, events),

    async checkpoint() {
      // The writer's view: a committed batch counts from the moment its `apply` resolves.
      const row = await open()
        .writer.selectFrom('projection_checkpoint')
        .select('sequence')
        .executeTakeFirstOrThrow();
      return row.sequence;
    },

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

/** Any number of ids as one parameter, so that each query stays one prepared statement. */
function anyOf(ids: readonly string[]): Expression<string> {
  return sql<string>`(select value from json_each(${JSON.stringify(ids)}))`;
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
