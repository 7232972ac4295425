/** The catalogue's schema on SQLite, step by step. A released step never changes. */
import type { Migrations } from '@marquee/service-kit/sqlite';
import { sql } from 'kysely';

export const sqliteCatalogueMigrations: Migrations = {
  '001_catalogue': async (db) => {
    const statements = [
      sql`create table genres (id text primary key, name text not null) strict, without rowid`,
      sql`create table people (id text primary key, name text not null) strict, without rowid`,
      sql`create table titles (
        seq integer primary key,
        id text not null unique,
        name text not null,
        sort_name text not null,
        kind text not null,
        synopsis text,
        release_year integer,
        added_at integer not null,
        runtime_minutes integer,
        maturity_rating text not null,
        studio text,
        average_score real,
        score_count integer,
        updated_at integer not null
      ) strict`,
      sql`create index titles_by_name on titles (sort_name, id)`,
      sql`create table title_genres (
        title_id text not null references titles (id) on delete cascade,
        ordinal integer not null,
        genre_id text not null references genres (id),
        primary key (title_id, ordinal)
      ) strict, without rowid`,
      sql`create index title_genres_by_genre on title_genres (genre_id, title_id)`,
      sql`create table title_people (
        title_id text not null references titles (id) on delete cascade,
        role text not null,
        ordinal integer not null,
        person_id text not null references people (id),
        primary key (title_id, role, ordinal)
      ) strict, without rowid`,
      sql`create index title_people_by_person on title_people (person_id, title_id)`,
      sql`create table availability_windows (
        title_id text not null references titles (id) on delete cascade,
        ordinal integer not null,
        starts_at integer not null,
        ends_at integer,
        regions text,
        primary key (title_id, ordinal)
      ) strict, without rowid`,
      sql`create virtual table title_search using fts5 (
        name, people, genres, synopsis,
        content = '', contentless_delete = 1,
        tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
      )`,
    ];
    for (const statement of statements) await statement.execute(db);
  },
  '002_artwork_variants': async (db) => {
    await sql`alter table titles add column artwork_variants integer`.execute(db);
  },
};
