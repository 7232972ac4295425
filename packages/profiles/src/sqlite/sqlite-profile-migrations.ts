/** The schema of the profile projection on SQLite, step by step. A released step never changes. */
import type { Migrations } from '@marquee/service-kit/sqlite';
import { sql } from 'kysely';

export const sqliteProfileMigrations: Migrations = {
  '001_profiles': async (db) => {
    await sql`create table profiles (
      id text primary key,
      first_seen_at integer not null,
      registered_at integer,
      registration_at integer,
      name text,
      segment text,
      region text,
      maturity_limit text,
      taste text,
      taste_at integer
    ) strict, without rowid`.execute(db);
    await sql`create index registered_profiles on profiles (id) where registered_at is not null`.execute(db);
    await sql`create table title_states (
      profile_id text not null,
      title_id text not null,
      reaction text,
      reaction_at integer,
      in_my_list integer,
      my_list_at integer,
      hidden integer,
      hidden_at integer,
      position_seconds integer,
      position_at integer,
      watched_seconds integer,
      last_watched_at integer,
      primary key (profile_id, title_id)
    ) strict, without rowid`.execute(db);
    await sql`create index my_list_by_time on title_states (profile_id, my_list_at, title_id)
      where in_my_list = 1`.execute(db);
    await sql`create index history_by_time on title_states (profile_id, last_watched_at, title_id)
      where last_watched_at is not null`.execute(db);
    await sql`create table person_follows (
      profile_id text not null,
      person_id text not null,
      following integer not null,
      at integer not null,
      primary key (profile_id, person_id)
    ) strict, without rowid`.execute(db);
    await sql`create table erasures (
      profile_id text primary key,
      erased_at integer not null
    ) strict, without rowid`.execute(db);
    await sql`create table projection_checkpoint (
      id integer primary key check (id = 1),
      sequence integer not null,
      applied_at integer not null
    ) strict`.execute(db);
    await sql`insert into projection_checkpoint (id, sequence, applied_at) values (1, 0, 0)`.execute(db);
  },
  // What was applied before the log had partitions is what partition 0 has applied.
  '002_partitions': async (db) => {
    await sql`create table projection_checkpoints (
      partition integer primary key,
      sequence integer not null,
      applied_at integer not null
    ) strict`.execute(db);
    await sql`insert into projection_checkpoints (partition, sequence, applied_at)
      select 0, sequence, applied_at from projection_checkpoint`.execute(db);
    await sql`drop table projection_checkpoint`.execute(db);
  },
};
