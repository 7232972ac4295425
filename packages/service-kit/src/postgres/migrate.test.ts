import { type LocalServer, startLocalPostgres } from '@marquee/local-servers';
import { describeOnServer, temporaryFolder } from '@marquee/testkit';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { silentLogger } from '../logging.ts';
import { createPostgres, type Postgres, type PostgresMigrations } from './index.ts';

const one: PostgresMigrations = {
  '001_films': { statements: ['create table films (id bigint primary key)'] },
};
const two: PostgresMigrations = {
  // Listed first on purpose: names give the order.
  '002_people': { statements: ['create table people (id bigint references films (id))'] },
  ...one,
};

describeOnServer('postgres', 'schema migrations on PostgreSQL', () => {
  const folder = temporaryFolder();
  const started: Postgres[] = [];
  let server: LocalServer;
  let schemas = 0;
  let schema: string;

  beforeAll(async () => {
    server = await startLocalPostgres({ folder: folder.path, settings: { fsync: 'off' } });
  });
  afterEach(async () => {
    for (const postgres of started.splice(0)) await postgres.stop();
  });
  afterAll(async () => {
    await server?.stop();
    await folder.remove();
  });

  async function connected(url = server.url): Promise<Postgres> {
    const postgres = createPostgres({ url, schema, logger: silentLogger });
    started.push(postgres);
    await postgres.start();
    return postgres;
  }
  /** Over an empty schema. */
  async function fresh(): Promise<Postgres> {
    schema = `test_${++schemas}`;
    return connected();
  }
  const tables = async (postgres: Postgres) =>
    (
      await sql<{ name: string }>`select relname as name from pg_class
      where relnamespace = ${schema}::regnamespace and relkind = 'r' order by 1`.execute(postgres.database())
    ).rows
      .map(({ name }) => name)
      .filter((name) => name !== 'schema_migrations');

  it('apply once each, in the order of their names', async () => {
    const postgres = await fresh();
    expect(await postgres.migrate('films', one)).toEqual(['001_films']);
    expect(await postgres.migrate('films', two)).toEqual(['002_people']);
    expect(await postgres.migrate('films', two)).toEqual([]);
    expect(await tables(postgres)).toEqual(['films', 'people']);
  });

  it('of several components share a schema and know nothing of each other', async () => {
    const postgres = await fresh();
    await postgres.migrate('films', one);
    expect(
      await postgres.migrate('songs', { '001_songs': { statements: ['create table songs ()'] } }),
    ).toEqual(['001_songs']);
    expect(await postgres.migrate('films', one)).toEqual([]);
  });

  it('run once when many processes start at the same time', async () => {
    await fresh();
    const processes = await Promise.all(Array.from({ length: 8 }, () => connected()));
    const applied = await Promise.all(processes.map((process) => process.migrate('films', two)));
    expect(applied.flat().sort()).toEqual(['001_films', '002_people']);
  });

  it('leave nothing of a migration that failed, and keep those before it', async () => {
    const postgres = await fresh();
    const failing = {
      ...one,
      '002_people': { statements: ['create table people ()', 'insert into nowhere values (1)'] },
    };
    await expect(postgres.migrate('films', failing)).rejects.toThrow('nowhere');
    expect(await tables(postgres)).toEqual(['films']);
    expect(await postgres.migrate('films', two)).toEqual(['002_people']);
  });

  it('refuse a database whose applied migration was another one', async () => {
    const postgres = await fresh();
    await postgres.migrate('films', one);
    const changed = { '001_films': { statements: ['create table films (id text primary key)'] } };
    await expect(postgres.migrate('films', changed)).rejects.toMatchObject({
      code: 'DATA_CORRUPT',
      message: expect.stringMatching(/migration 001_films of films was applied with other contents/),
    });
    const laidOut = { '001_films': { statements: ['create table films\n  (id bigint   primary key)'] } };
    expect(await postgres.migrate('films', laidOut)).toEqual([]);
  });

  it('refuse a database of a newer version, unless it says that older ones may run', async () => {
    const postgres = await fresh();
    await postgres.migrate('films', {
      ...one,
      '002_index': { statements: ['create index films_by_id on films (id)'], olderVersionsMayRun: true },
    });
    expect(await postgres.migrate('films', one)).toEqual([]);
    await postgres.migrate('films', {
      ...one,
      '002_index': { statements: ['create index films_by_id on films (id)'], olderVersionsMayRun: true },
      '003_split': { statements: ['drop table films'] },
    });
    await expect(postgres.migrate('films', one)).rejects.toMatchObject({
      code: 'DATA_CORRUPT',
      message: expect.stringContaining('has migration 003_split, which this version does not know'),
    });
  });

  it('need the right to change the schema only when something is missing, and name it then', async () => {
    const owner = await fresh();
    await owner.migrate('films', one);
    const database = owner.database();
    await sql`create role ${sql.id(schema)} login password 'reader'`.execute(database);
    await sql`grant usage on schema ${sql.id(schema)} to ${sql.id(schema)}`.execute(database);
    await sql`grant select on all tables in schema ${sql.id(schema)} to ${sql.id(schema)}`.execute(database);
    const url = new URL(server.url);
    url.username = schema;
    url.password = 'reader';
    const reader = await connected(url.href);
    expect(await reader.migrate('films', one)).toEqual([]);
    await expect(reader.migrate('films', two)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(
        `does not grant the user enough rights: permission denied for schema ${schema}`,
      ),
    });
  });
});
