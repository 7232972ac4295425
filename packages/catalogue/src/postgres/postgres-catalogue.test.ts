import { manualClock } from '@marquee/domain';
import { type LocalServer, startLocalPostgres } from '@marquee/local-servers';
import { silentLogger } from '@marquee/service-kit';
import { createPostgres, type Postgres } from '@marquee/service-kit/postgres';
import { describeOnServer, temporaryFolder, waitUntil } from '@marquee/testkit';
import { type Kysely, type KyselyPlugin, type RootOperationNode, sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { GENRES, NOW, sampleTitle } from '../contract/sample-titles.ts';
import { describeCatalogueContract } from '../contract.ts';
import type { Catalogue, TitleQuery } from '../index.ts';
import type { CatalogueTables } from '../relational/tables.ts';
import { findTitles, titlesByPeople } from '../relational/title-lists.ts';
import { createPostgresCatalogue } from './index.ts';
import { postgresCatalogueDialect } from './postgres-catalogue-dialect.ts';

describeOnServer('postgres', 'the catalogue on PostgreSQL', () => {
  const clock = manualClock(1_700_000_000_000);
  const folder = temporaryFolder();
  let server: LocalServer;
  let schemas = 0;
  const started: Postgres[] = [];

  beforeAll(async () => {
    server = await startLocalPostgres({
      folder: folder.path,
      settings: { autovacuum: 'off', random_page_cost: '1.1' },
    });
  });
  afterEach(async () => {
    for (const postgres of started.splice(0)) await postgres.stop();
  });
  afterAll(async () => {
    await server?.stop();
    await folder.remove();
  });

  /** In an empty schema of its own. */
  async function connected(schema = `test_${schemas++}`): Promise<Postgres> {
    const postgres = createPostgres({ url: server.url, schema, logger: silentLogger });
    started.push(postgres);
    await postgres.start();
    return postgres;
  }

  describeCatalogueContract('PostgreSQL', async () =>
    createPostgresCatalogue({ postgres: await connected(), clock }),
  );

  async function opened(schema?: string): Promise<Catalogue> {
    const catalogue = createPostgresCatalogue({ postgres: await connected(schema), clock });
    await catalogue.start();
    return catalogue;
  }

  it('takes batches of several processes at once, in which the same things stand in opposite orders', async () => {
    const schema = `test_${schemas++}`;
    const [one, other] = await Promise.all([opened(schema), opened(schema)]);
    const titles = Array.from({ length: 60 }, (_, i) =>
      sampleTitle(`t${i}`, { genreIds: ['drama', 'comedy'] }),
    );
    for (let round = 0; round < 5; round++) {
      await Promise.all([
        one.put({ genres: GENRES, titles }),
        other.put({ genres: [...GENRES].reverse(), titles: [...titles].reverse() }),
      ]);
    }
    expect(await one.count()).toBe(60);
    // A title written while its genre is being renamed is found by the new name.
    await Promise.all([
      one.put({ genres: [{ id: 'drama', name: 'Tragedy' }] }),
      other.put({ titles: [sampleTitle('new', { genreIds: ['drama'] })] }),
    ]);
    expect(await other.findTitles({ search: 'tragedy', first: 100 })).toMatchObject({
      titles: { length: 61 },
    });
    expect((await one.findTitles({ search: 'drama', first: 1 })).titles).toEqual([]);
  });

  it('keeps nothing of a batch that the server was killed in', async () => {
    const schema = `test_${schemas++}`;
    const catalogue = await opened(schema);
    await catalogue.put({ genres: GENRES, titles: [sampleTitle('before')] });
    const postgres = started.at(-1)!;
    const { rows } = await sql<{ pid: number }>`select pid from pg_stat_activity`.execute(
      postgres.database(),
    );
    const titles = Array.from({ length: 20_000 }, (_, i) => sampleTitle(`t${i}`, { genreIds: ['drama'] }));
    const putting = catalogue.put({ titles });
    const lost = expect(putting).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
    const written = sql<{ bytes: number }>`select pg_total_relation_size('titles') as bytes`;
    await waitUntil(async () => (await written.execute(postgres.database())).rows[0]!.bytes > 500_000);
    await server.kill();
    for (const { pid } of rows) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended with the server's first process.
      }
    }
    await lost;
    await server.start();
    const count = await waitUntil(() => catalogue.count().catch(() => undefined));
    expect(count).toBe(1);
    await catalogue.put({ titles: titles.slice(0, 100) });
    expect(await catalogue.count()).toBe(101);
  });

  describe('plans', () => {
    const SIZE = 8_000;
    let postgres: Postgres;

    beforeAll(async () => {
      postgres = createPostgres({ url: server.url, schema: 'plans', logger: silentLogger });
      await postgres.start();
      const catalogue = createPostgresCatalogue({ postgres, clock });
      await catalogue.start();
      const genres = Array.from({ length: 200 }, (_, i) => ({ id: `g${i}`, name: `Genre ${i}` }));
      const people = Array.from({ length: 1_000 }, (_, i) => ({ id: `p${i}`, name: `Person ${i}` }));
      const titles = Array.from({ length: SIZE }, (_, i) =>
        sampleTitle(`t${i}`, {
          name: `Film ${(i * 7_919) % SIZE}`,
          genreIds: [`g${i % 200}`],
          directorIds: [`p${i % 1_000}`],
          kind: i % 4_000 === 0 ? 'SERIES' : 'MOVIE',
          maturityRating: i % 2_000 === 0 ? 'G' : 'R',
          releaseYear: i % 2_000 === 7 ? 1_895 : 1_920 + (i % 100),
          runtimeMinutes: 60 + (i % 200),
        }),
      );
      await catalogue.put({ genres, people, titles });
      await sql`vacuum analyze`.execute(postgres.database());
    });
    afterAll(() => postgres.stop());

    /** The plans of all statements of a list, as text. */
    async function plansOf(read: (db: Kysely<CatalogueTables>) => Promise<unknown>): Promise<string> {
      const database = postgres.database<CatalogueTables>();
      const nodes: RootOperationNode[] = [];
      const recorder: KyselyPlugin = {
        transformQuery({ node }) {
          nodes.push(node);
          return node;
        },
        transformResult: async ({ result }) => result,
      };
      await read(database.withPlugin(recorder));
      const plans: string[] = [];
      for (const node of nodes) {
        const query = database.getExecutor().compileQuery(node, { queryId: 'plan' } as never);
        const explained = { ...query, sql: `explain (costs off) ${query.sql}` };
        const { rows } = await database.executeQuery<{ 'QUERY PLAN': string }>(explained);
        plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'));
      }
      return plans.join('\n');
    }
    const planOf = (query: Omit<TitleQuery, 'first'>) =>
      plansOf((db) => findTitles(db, postgresCatalogueDialect, { first: 20, ...query }));

    it('pages by name along the index, wherever in the list', async () => {
      const page = await findTitles(postgres.database(), postgresCatalogueDialect, { first: 50 });
      const after = page.titles.at(-1)!.cursor;
      for (const plan of [await planOf({}), await planOf({ after }), await planOf({ availableAt: NOW })]) {
        expect(plan).toContain('using titles_by_name');
        expect(plan).not.toContain('Seq Scan on titles');
      }
      expect(await planOf({ after })).toMatch(/Index Cond: \(ROW\(sort_name, id\) > /);
    });

    it.each([
      ['kind', { filter: { kinds: ['SERIES'] } }, 'titles_by_kind'],
      ['maturity', { maturityLimit: 'PG' }, 'titles_by_maturity'],
      ['year', { filter: { releasedFrom: 1_890, releasedTo: 1_899 } }, 'titles_by_year'],
      ['runtime', { filter: { maxRuntimeMinutes: 60 } }, 'titles_by_runtime'],
      ['genre', { filter: { genreIds: ['g3'] } }, 'title_genres_by_genre'],
      ['person', { personId: 'p3' }, 'title_people_by_person'],
      ['search', { search: 'person 777' }, 'title_search_by_word'],
    ] satisfies [string, Omit<TitleQuery, 'first'>, string][])(
      'narrows by %s with an index',
      async (_, query, index) => {
        const plan = await planOf(query);
        expect(plan).toContain(index);
        expect(plan).not.toContain('Seq Scan on titles');
      },
    );

    it('reads the pages of people through indexes', async () => {
      const people = await plansOf((db) =>
        titlesByPeople(db, postgresCatalogueDialect, ['p1', 'p2', 'p3'], { first: 3 }),
      );
      expect(people).toContain('title_people_by_person');
      expect(people).not.toContain('Seq Scan');
    });
  });
});
