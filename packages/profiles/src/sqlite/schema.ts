/** Tables of the profile projection. Instants are epoch milliseconds; `*_at` beside a fact is when it was said. */
import type { Migrations } from '@marquee/service-kit/sqlite';
import { sql } from 'kysely';

export interface ProfileTables {
  /** Every profile with any state; the registration's columns are null until it registers. */
  profiles: {
    id: string;
    first_seen_at: number;
    registered_at: number | null;
    registration_at: number | null;
    name: string | null;
    segment: string | null;
    region: string | null;
    maturity_limit: string | null;
    /** JSON list of genre ids. */
    taste: string | null;
    taste_at: number | null;
  };
  /**
   * What a profile has done with a title. Withdrawn facts (not hidden any more) stay as rows, because a late
   * event must lose against them.
   */
  title_states: {
    profile_id: string;
    title_id: string;
    reaction: string | null;
    reaction_at: number | null;
    in_my_list: number | null;
    my_list_at: number | null;
    hidden: number | null;
    hidden_at: number | null;
    position_seconds: number | null;
    position_at: number | null;
    watched_seconds: number | null;
    last_watched_at: number | null;
  };
  person_follows: { profile_id: string; person_id: string; following: number; at: number };
  /** Tombstones: what happened before them and comes late stays out. */
  erasures: { profile_id: string; erased_at: number };
  /** One row: how far the log is applied, written in the transaction of its effects. */
  projection_checkpoint: { id: number; sequence: number; applied_at: number };
}

export const PROFILE_MIGRATIONS: Migrations = {
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
};
