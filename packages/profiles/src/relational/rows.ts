/** From table rows to the port's types. */
import {
  DEFAULT_SEGMENT,
  type MaturityRating,
  type Profile,
  type Reaction,
  type TitleId,
} from '@marquee/domain';
import type { Selectable } from 'kysely';
import type { TitleState, WatchedTitle, WatchProgress } from '../index.ts';
import type { ProfileTables } from './tables.ts';

/** What a profile is called before it registers. */
const GUEST_NAME = 'Guest';

type TitleStateRow = Selectable<ProfileTables['title_states']>;
export type WatchRow = Pick<
  TitleStateRow,
  'title_id' | 'position_seconds' | 'watched_seconds' | 'last_watched_at'
>;

export function toProfile(row: Selectable<ProfileTables['profiles']>): Profile {
  return {
    id: row.id,
    name: row.name ?? GUEST_NAME,
    segment: row.segment ?? DEFAULT_SEGMENT,
    ...(row.region === null ? {} : { region: row.region }),
    ...(row.maturity_limit === null ? {} : { maturityLimit: row.maturity_limit as MaturityRating }),
    tasteGenreIds: row.taste === null ? [] : (JSON.parse(row.taste) as string[]),
    createdAt: row.registered_at ?? row.first_seen_at,
  };
}

export function neutralState(titleId: TitleId): TitleState {
  return { titleId, reaction: 'NONE', inMyList: false, hidden: false };
}

export function toTitleState(row: TitleStateRow): TitleState {
  return {
    titleId: row.title_id,
    reaction: (row.reaction ?? 'NONE') as Reaction,
    inMyList: row.in_my_list === 1,
    hidden: row.hidden === 1,
    ...(row.last_watched_at === null ? {} : { progress: toProgress(row) }),
  };
}

export function toWatchedTitle(row: WatchRow): WatchedTitle {
  return { titleId: row.title_id, ...toProgress(row) };
}

function toProgress(row: WatchRow): WatchProgress {
  const watchedSeconds = row.watched_seconds ?? 0;
  return {
    // A client that never tells its playhead most likely began at the beginning.
    positionSeconds: row.position_seconds ?? watchedSeconds,
    watchedSeconds,
    lastWatchedAt: row.last_watched_at ?? 0,
  };
}
