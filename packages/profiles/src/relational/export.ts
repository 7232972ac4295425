/** Everything stored about one profile, for the person it is about. */
import type { ProfileId, Reaction } from '@marquee/domain';
import type { Kysely } from 'kysely';
import type { ProfileExport } from '../index.ts';
import { toProfile, toWatchedTitle } from './rows.ts';
import type { ProfileTables } from './tables.ts';

/** One query per table, whole: what one person did is bounded by what one person can do. */
export async function readExport(
  reader: Kysely<ProfileTables>,
  profileId: ProfileId,
): Promise<ProfileExport> {
  const [profileRow, titles, follows] = await Promise.all([
    reader.selectFrom('profiles').selectAll().where('id', '=', profileId).executeTakeFirst(),
    reader
      .selectFrom('title_states')
      .selectAll()
      .where('profile_id', '=', profileId)
      .orderBy('title_id')
      .execute(),
    reader
      .selectFrom('person_follows')
      .select('person_id')
      .where('profile_id', '=', profileId)
      .where('following', '=', 1)
      .orderBy('person_id')
      .execute(),
  ]);
  const profile = profileRow === undefined ? undefined : toProfile(profileRow);
  return {
    profile,
    reactions: titles
      .filter((row) => row.reaction !== null && row.reaction !== 'NONE')
      .map((row) => ({
        titleId: row.title_id,
        reaction: row.reaction as Reaction,
        at: row.reaction_at ?? 0,
      })),
    hidden: titles
      .filter((row) => row.hidden === 1)
      .map((row) => ({ titleId: row.title_id, at: row.hidden_at ?? 0 })),
    myList: titles
      .filter((row) => row.in_my_list === 1)
      .map((row) => ({ titleId: row.title_id, savedAt: row.my_list_at ?? 0 })),
    followedPersonIds: follows.map((row) => row.person_id),
    tasteGenreIds: profile?.tasteGenreIds ?? [],
    history: titles.filter((row) => row.last_watched_at !== null).map(toWatchedTitle),
  };
}
