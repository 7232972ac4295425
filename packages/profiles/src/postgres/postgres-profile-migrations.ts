/**
 * The schema of the profile projection on PostgreSQL, step by step. A released step never changes. Text is compared
 * byte by byte (`collate "C"`), whatever the server's own collation.
 */
import type { PostgresMigrations } from '@marquee/service-kit/postgres';

export const postgresProfileMigrations: PostgresMigrations = {
  '001_profiles': {
    statements: [
      `create table profiles (
        id text collate "C" primary key,
        first_seen_at bigint not null,
        registered_at bigint,
        registration_at bigint,
        name text,
        segment text,
        region text,
        maturity_limit text,
        taste text,
        taste_at bigint
      )`,
      `create index registered_profiles on profiles (id) where registered_at is not null`,
      // Rows change again and again; room on their page lets most changes do without touching an index.
      `create table title_states (
        profile_id text collate "C" not null,
        title_id text collate "C" not null,
        reaction text,
        reaction_at bigint,
        in_my_list smallint,
        my_list_at bigint,
        hidden smallint,
        hidden_at bigint,
        position_seconds bigint,
        position_at bigint,
        watched_seconds bigint,
        last_watched_at bigint,
        primary key (profile_id, title_id)
      ) with (fillfactor = 80)`,
      `create index my_list_by_time on title_states (profile_id, my_list_at, title_id) where in_my_list = 1`,
      `create index history_by_time on title_states (profile_id, last_watched_at, title_id)
        where last_watched_at is not null`,
      `create table person_follows (
        profile_id text collate "C" not null,
        person_id text collate "C" not null,
        following smallint not null,
        at bigint not null,
        primary key (profile_id, person_id)
      )`,
      `create table erasures (profile_id text collate "C" primary key, erased_at bigint not null)`,
      `create table projection_checkpoints (
        partition integer primary key,
        sequence bigint not null,
        applied_at bigint not null
      )`,
    ],
  },
};
