import { type LocalServer, startLocalPostgres } from '@marquee/local-servers';
import { describeOnServer, temporaryFolder, waitUntil } from '@marquee/testkit';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createLogger, silentLogger } from '../logging.ts';
import { requireVersion } from './await-server.ts';
import { createPostgres, type Postgres, type PostgresOptions, PostgresStatementError } from './index.ts';

describeOnServer('postgres', 'PostgreSQL behind Kysely', () => {
  const folder = temporaryFolder();
  const started: Postgres[] = [];
  let server: LocalServer;

  beforeAll(async () => {
    server = await startLocalPostgres({ folder: folder.path, password: 'top/secret?' });
  });
  afterEach(async () => {
    server.signal('SIGCONT');
    await server.start();
    for (const postgres of started.splice(0)) await postgres.stop();
  });
  afterAll(async () => {
    await server?.stop();
    await folder.remove();
  });

  function make(options: Partial<PostgresOptions> = {}): Postgres {
    const postgres = createPostgres({ url: server.url, logger: silentLogger, ...options });
    started.push(postgres);
    return postgres;
  }
  async function connected(options: Partial<PostgresOptions> = {}): Promise<Postgres> {
    const postgres = make(options);
    await postgres.start();
    return postgres;
  }
  const ask = (postgres: Postgres, query = sql`select 1 as one`) => query.execute(postgres.database());
  const sleep = (seconds: number) => sql`select pg_sleep(${seconds}::double precision)`;
  /** With the given parts of the address replaced. */
  const address = (change: Partial<Pick<URL, 'username' | 'password' | 'pathname'>>): string =>
    Object.assign(new URL(server.url), change).href;

  describe('at start', () => {
    it('waits for a server that is away, saying so, and goes on when it comes', async () => {
      await server.stop();
      const postgres = make();
      expect(postgres.readiness()).toEqual({ ready: false, detail: 'not started' });
      const starting = postgres.start();
      await waitUntil(() => postgres.readiness().detail?.startsWith('waiting: PostgreSQL at 127.0.0.1'));
      expect(postgres.readiness().ready).toBe(false);
      await server.start();
      await starting;
      expect(postgres.readiness()).toEqual({ ready: true });
      expect((await ask(postgres)).rows).toEqual([{ one: 1 }]);
    });

    it('waits no longer than it may, then gives one clear reason', async () => {
      await server.stop();
      await expect(make({ startWithinMs: 300 }).start()).rejects.toMatchObject({
        code: 'DEPENDENCY_UNAVAILABLE',
        message: expect.stringMatching(
          /^PostgreSQL at 127.0.0.1:\d+\/marquee was not there within 300 ms: .*ECONNREFUSED/,
        ),
      });
    });

    it('can be stopped while it waits', async () => {
      await server.stop();
      const postgres = make();
      const starting = postgres.start();
      const refused = expect(starting).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
      await waitUntil(() => postgres.readiness().detail?.startsWith('waiting'));
      await postgres.stop();
      await refused;
    });

    it.each([
      ['password', { password: 'wrong' }, /refuses user or password/],
      ['user', { username: 'nobody' }, /refuses user or password|refuses the user/],
      ['database', { pathname: '/nowhere' }, /has no such database/],
    ])('names a wrong %s at once, and no password', async (_, change, message) => {
      const lines: string[] = [];
      const logger = createLogger({
        service: 'test',
        level: 'trace',
        destination: { write: (line) => void lines.push(line) },
      });
      const error = await make({ url: address(change), logger, startWithinMs: 60_000 })
        .start()
        .then(
          () => expect.fail('it started'),
          (reason: Error) => reason,
        );
      expect(error).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringMatching(message) });
      const told = `${error.message} ${error.stack} ${JSON.stringify(error)} ${lines.join()}`;
      expect(told).not.toMatch(/secret|wrong/);
    });

    it('names a server without TLS where TLS is wanted', async () => {
      await expect(make({ tls: true }).start()).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        message: expect.stringContaining('does not support SSL'),
      });
    });

    it('names a version that is too old', () => {
      expect(() => requireVersion('PostgreSQL at db:5432/marquee', 130_014)).toThrow(
        'PostgreSQL at db:5432/marquee has version 13; the oldest supported version is 14',
      );
      expect(() => requireVersion('PostgreSQL', 150_006)).not.toThrow();
    });

    it.each([
      ['no address', 'top-secret'],
      ['another protocol', 'mysql://marquee:top-secret@127.0.0.1/marquee'],
      ['no database', 'postgres://marquee:top-secret@127.0.0.1'],
      ['a parameter', 'postgres://marquee:top-secret@127.0.0.1/marquee?sslmode=require'],
    ])('refuses %s without repeating it', (_, url) => {
      const refuse = () => createPostgres({ url, logger: silentLogger });
      expect(refuse).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
      expect(refuse).toThrow(/^(?!.*secret)/);
    });
  });

  describe('while it runs', () => {
    it('gives numbers and texts back as they were, whatever characters they hold', async () => {
      const postgres = await connected();
      const texts = ['', 'a\0b', '\u0001', '\u0001\u0002\0', `O'Neill "x" \\ {,}`, '🎬'];
      const { rows } = await sql<
        Record<string, unknown>
      >`select ${9_007_199_254_740_991}::bigint as n, count(*) as c,
        ${texts[1]}::text as t, ${texts}::text[] as list from pg_class where false`.execute(
        postgres.database(),
      );
      expect(rows).toEqual([{ n: 9_007_199_254_740_991, c: 0, t: 'a\0b', list: texts }]);
    });

    it('refuses who cannot be served in time, first by the queue and then by the clock', async () => {
      const postgres = await connected({ maxConnections: 2, maxWaiting: 3, acquireTimeoutMs: 100 });
      const held = Promise.withResolvers<void>();
      const holding = Promise.all(
        [1, 2].map(() =>
          postgres
            .database()
            .transaction()
            .execute(async (transaction) => {
              await sql`select 1`.execute(transaction);
              await held.promise;
            }),
        ),
      );
      await waitUntil(() => postgres.use().inUse === 2);
      const waiting = Array.from({ length: 5 }, () => ask(postgres));
      const results = await Promise.allSettled(waiting);
      const reasons = results.map((result) => (result as PromiseRejectedResult).reason);
      expect(reasons.every(({ code }) => code === 'OVERLOADED')).toBe(true);
      expect(reasons.filter(({ message }) => message.includes('3 callers already wait'))).toHaveLength(2);
      expect(reasons.filter(({ message }) => message.includes('within 100 ms'))).toHaveLength(3);
      held.resolve();
      await holding;
      // No slot has leaked.
      await Promise.all(Array.from({ length: 5 }, () => ask(postgres)));
      expect(postgres.use()).toMatchObject({ inUse: 0, waiting: 0 });
      expect(postgres.use().connections).toBeLessThanOrEqual(2);
    });

    it('says that the server is well again also where nobody asks it anything', async () => {
      const postgres = await connected();
      await server.stop();
      await expect(ask(postgres)).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
      expect(postgres.readiness().detail).toBeDefined();
      await server.start();
      await waitUntil(() => postgres.readiness().detail === undefined);
    });

    it('ends statements, lock waits and idle transactions that take too long', async () => {
      const postgres = await connected({
        statementTimeoutMs: 300,
        lockTimeoutMs: 100,
        idleInTransactionTimeoutMs: 1_000,
      });
      const tooSlow = { code: 'DEADLINE_EXCEEDED' };
      await expect(ask(postgres, sleep(5))).rejects.toMatchObject(tooSlow);
      const database = postgres.database();
      await database.transaction().execute(async (transaction) => {
        await sql`select pg_advisory_xact_lock(1)`.execute(transaction);
        await expect(ask(postgres, sql`select pg_advisory_lock(1)`)).rejects.toMatchObject(tooSlow);
      });
      const idle = database.transaction().execute(async (transaction) => {
        const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(transaction);
        await waitUntil(async () => {
          const alive = sql`select from pg_stat_activity where pid = ${rows[0]!.pid}`;
          return (await ask(postgres, alive)).rows.length === 0;
        });
        await sql`select 1`.execute(transaction);
      });
      await expect(idle).rejects.toMatchObject(tooSlow);
      expect(postgres.use().inUse).toBe(0);
      expect((await ask(postgres)).rows).toHaveLength(1);
    });

    it('gives up on a server that hangs, and uses it again when it goes on', async () => {
      const postgres = await connected({ statementTimeoutMs: 300, connectTimeoutMs: 300, maxConnections: 3 });
      const { rows } = await sql<{ pid: number }>`select pid from pg_stat_activity
        where backend_type = 'client backend'`.execute(postgres.database());
      const everybody = [server.pid, ...rows.map(({ pid }) => pid)];
      for (const pid of everybody) process.kill(pid, 'SIGSTOP');
      try {
        const startedAt = performance.now();
        // One on the connection that is there, the others on connections that cannot be made.
        const results = await Promise.allSettled([ask(postgres), ask(postgres), ask(postgres)]);
        expect(performance.now() - startedAt).toBeLessThan(3_000);
        for (const result of results) {
          expect((result as PromiseRejectedResult).reason.code).toMatch(
            /DEADLINE_EXCEEDED|DEPENDENCY_UNAVAILABLE/,
          );
        }
        // From now on it is known: nobody waits but one at a time who finds out whether it is over.
        const askedAt = performance.now();
        await expect(ask(postgres)).rejects.toMatchObject({
          code: 'DEPENDENCY_UNAVAILABLE',
          message: expect.stringContaining('does not answer'),
        });
        expect(performance.now() - askedAt).toBeLessThan(100);
        expect(postgres.readiness()).toMatchObject({
          ready: true,
          detail: expect.stringContaining('does not answer'),
        });
      } finally {
        for (const pid of everybody) process.kill(pid, 'SIGCONT');
      }
      await waitUntil(() =>
        ask(postgres).then(
          () => true,
          () => false,
        ),
      );
      expect(postgres.readiness()).toEqual({ ready: true });
      expect(postgres.use().inUse).toBe(0);
    });

    it('stays ready with the reason while the server is away, and works again without a restart', async () => {
      const postgres = await connected();
      await ask(postgres);
      await server.stop();
      await expect(ask(postgres)).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
      expect(postgres.readiness()).toMatchObject({
        ready: true,
        detail: expect.stringContaining('PostgreSQL at'),
      });
      await server.start();
      await waitUntil(() =>
        ask(postgres).then(
          () => true,
          () => false,
        ),
      );
      expect(postgres.readiness()).toEqual({ ready: true });
    });

    it('names a full disk, which is no fault of the statement', async () => {
      const postgres = await connected();
      const raise = (state: string) =>
        sql`do ${sql.lit(`begin raise exception using errcode = '${state}'; end`)}`;
      await expect(ask(postgres, raise('53100'))).rejects.toMatchObject({
        code: 'DEPENDENCY_UNAVAILABLE',
        message: expect.stringContaining('no disk space left'),
      });
      await expect(ask(postgres, raise('40P01'))).rejects.toMatchObject({ code: 'CONFLICT' });
      await expect(ask(postgres, raise('XX001'))).rejects.toMatchObject({ code: 'DATA_CORRUPT' });
      await expect(ask(postgres, raise('25006'))).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
    });

    it('reports what PostgreSQL refuses with its state and without parameters', async () => {
      const postgres = await connected();
      const refused = ask(postgres, sql`select nothing from nowhere where secret = ${'s3cret'}`);
      await expect(refused).rejects.toBeInstanceOf(PostgresStatementError);
      await expect(refused).rejects.toMatchObject({
        sqlState: '42P01',
        message: expect.not.stringContaining('s3cret'),
      });
    });

    it('refuses everything after its stop, finishes what runs, and can be started again', async () => {
      const postgres = await connected({ maxConnections: 1 });
      const running = ask(postgres, sleep(0.1));
      await waitUntil(() => postgres.use().inUse === 1);
      const waiting = ask(postgres);
      const refusal = expect(waiting).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
      await postgres.stop();
      await refusal;
      expect((await running).rows).toHaveLength(1);
      expect(() => postgres.database()).toThrow('is not started');
      await postgres.start();
      expect((await ask(postgres)).rows).toHaveLength(1);
    });
  });
});
