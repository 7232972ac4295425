/**
 * The catalogue's schema on PostgreSQL, step by step. A released step never changes.
 *
 * Text is compared byte by byte (`collate "C"`), whatever the server's own collation, and every number that a sort
 * key may hold is a `bigint`, so that no cursor is too large to be compared with.
 */
import type { PostgresMigrations } from '@marquee/service-kit/postgres';

export const postgresCatalogueMigrations: PostgresMigrations = {
  '001_catalogue': {
    statements: [
      `create table genres (id text collate "C" primary key, name text not null)`,
      `create table people (id text collate "C" primary key, name text not null)`,
      `create table titles (
        seq bigint generated always as identity primary key,
        id text collate "C" not null unique,
        name text not null,
        sort_name text collate "C" not null,
        kind text collate "C" not null,
        synopsis text,
        release_year bigint,
        added_at bigint not null,
        runtime_minutes bigint,
        maturity_rating text collate "C" not null,
        studio text,
        average_score double precision,
        score_count bigint,
        updated_at bigint not null
      )`,
      `create index titles_by_name on titles (sort_name, id)`,
      // Few kinds and ratings, so that their lists are long and come in the order of the pages.
      `create index titles_by_kind on titles (kind, sort_name, id)`,
      `create index titles_by_maturity on titles (maturity_rating, sort_name, id)`,
      `create index titles_by_year on titles (release_year)`,
      `create index titles_by_runtime on titles (runtime_minutes)`,
      `create table title_genres (
        title_id text collate "C" not null references titles (id) on delete cascade,
        ordinal integer not null,
        genre_id text collate "C" not null references genres (id),
        primary key (title_id, ordinal)
      )`,
      `create index title_genres_by_genre on title_genres (genre_id, title_id)`,
      `create table title_people (
        title_id text collate "C" not null references titles (id) on delete cascade,
        role text collate "C" not null,
        ordinal integer not null,
        person_id text collate "C" not null references people (id),
        primary key (title_id, role, ordinal)
      )`,
      `create index title_people_by_person on title_people (person_id, title_id)`,
      `create table availability_windows (
        title_id text collate "C" not null references titles (id) on delete cascade,
        ordinal integer not null,
        starts_at bigint not null,
        ends_at bigint,
        regions text,
        primary key (title_id, ordinal)
      )`,
      // Apart from the titles, whose rows every list reads and which would be many times as wide with it.
      `create table title_search (
        seq bigint primary key references titles (seq) on delete cascade,
        document tsvector not null
      )`,
      `create index title_search_by_word on title_search using gin (document)`,
    ],
  },
  '002_artwork_variants': {
    statements: [`alter table titles add column artwork_variants bigint`],
  },
};
