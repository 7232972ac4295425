/** The PostgreSQL of a process: its pool, its readiness and its migrations. */
import { Kysely, PostgresDialect, sql } from 'kysely';
import { READY, type Readiness } from '../component.ts';
import { MarqueeError } from '../errors.ts';
import { awaitServer } from './await-server.ts';
import { ConnectionPool } from './connection-pool.ts';
import { connectionSettings } from './connection-settings.ts';
import type { Postgres, PostgresOptions } from './index.ts';
import { migrate } from './migrate.ts';

const ASK_AGAIN_MS = 1_000;

interface Opened {
  readonly pool: ConnectionPool;
  // biome-ignore lint/suspicious/noExplicitAny: each adapter sees its own tables.
  readonly database: Kysely<any>;
}

/**
 * `start` waits until the server answers, with the reason in `readiness`, at most `startWithinMs`. Once started it
 * stays ready when the server goes away: its callers have fallbacks, connections are made anew as soon as that is
 * possible, and taking every copy of a service out of rotation at once would help nobody. The detail says so.
 *
 * @throws MarqueeError CONFIG_INVALID when an option is not valid. `start` throws DEPENDENCY_UNAVAILABLE when the
 *   server stays away, CONFIG_INVALID at once for wrong credentials, a missing database, missing rights, a TLS
 *   mismatch or a server that is too old.
 */
export function createPostgres(options: PostgresOptions): Postgres {
  const { address, schema, config } = connectionSettings(options);
  const server = `PostgreSQL at ${address}`;
  const { logger } = options;
  let opened: Opened | undefined;
  let starting: AbortController | undefined;
  let trouble: string | undefined = 'not started';
  let asking: NodeJS.Timeout | undefined;

  /** @param limits replace those of the options. */
  function open(limits: {
    maxConnections: number;
    statementTimeoutMs: number;
    lockTimeoutMs?: number;
  }): Opened {
    const pool = new ConnectionPool({
      address,
      connection: {
        ...config,
        statement_timeout: limits.statementTimeoutMs,
        lock_timeout: limits.lockTimeoutMs ?? config.lock_timeout,
      },
      maxWaiting: options.maxWaiting ?? 200,
      acquireTimeoutMs: options.acquireTimeoutMs ?? 2_000,
      ...limits,
      onHealth,
    });
    return { pool, database: new Kysely({ dialect: new PostgresDialect({ pool }) }) };
  }

  /** Logs changes only: an outage under load would otherwise fill the log. */
  function onHealth(failure: MarqueeError | undefined): void {
    if (opened === undefined || (failure === undefined) === (trouble === undefined)) return;
    trouble = failure?.message;
    if (failure !== undefined) askUntilWell();
    if (failure === undefined) logger.info({ address }, 'PostgreSQL answers again');
    else logger.warn({ address, err: failure }, 'PostgreSQL fails');
  }

  /** A process that has nothing to ask for a while would go on saying that the server is away. */
  function askUntilWell(): void {
    const { database } = opened as Opened;
    asking ??= setTimeout(() => {
      asking = undefined;
      if (trouble === undefined || opened === undefined) return;
      void versionOf(database)
        .catch(() => undefined)
        .then(() => {
          if (trouble !== undefined && opened !== undefined) askUntilWell();
        });
    }, ASK_AGAIN_MS);
    asking.unref();
  }

  function running(): Opened {
    if (opened === undefined) throw new MarqueeError('DEPENDENCY_UNAVAILABLE', `${server} is not started`);
    return opened;
  }

  return {
    name: 'postgres',
    address,
    async start() {
      if (opened !== undefined || starting !== undefined) return;
      const abort = new AbortController();
      starting = abort;
      const attempt = open({
        maxConnections: options.maxConnections ?? 10,
        statementTimeoutMs: options.statementTimeoutMs ?? 10_000,
      });
      try {
        await awaitServer(server, () => versionOf(attempt.database), {
          withinMs: options.startWithinMs ?? 60_000,
          signal: abort.signal,
          onAway: (reason, number) => {
            trouble = `waiting: ${reason}`;
            logger.warn({ address, attempt: number }, `waiting for PostgreSQL: ${reason}`);
          },
        });
        abort.signal.throwIfAborted();
        opened = attempt;
        trouble = undefined;
      } catch (error) {
        await attempt.pool.end();
        if (!abort.signal.aborted) throw error;
        throw new MarqueeError(
          'DEPENDENCY_UNAVAILABLE',
          `${server} was stopped while it was being waited for`,
        );
      } finally {
        starting = undefined;
      }
    },
    async stop() {
      starting?.abort();
      clearTimeout(asking);
      asking = undefined;
      const closing = opened;
      opened = undefined;
      trouble = 'stopped';
      await closing?.pool.end();
    },
    readiness(): Readiness {
      if (opened === undefined) return { ready: false, detail: trouble ?? 'not started' };
      return trouble === undefined ? READY : { ready: true, detail: trouble };
    },
    database: <Tables>() => running().database as Kysely<Tables>,
    async migrate(component, migrations) {
      running();
      // A connection of its own: migrations may take longer than anything that serves is allowed to.
      const limit = options.migrationTimeoutMs ?? 300_000;
      const { pool, database } = open({ maxConnections: 1, statementTimeoutMs: limit, lockTimeoutMs: limit });
      try {
        const applied = await migrate({ database, address, schema }, component, migrations);
        if (applied.length > 0) logger.info({ address, component, migrations: applied }, 'migrated');
        return applied;
      } finally {
        await pool.end();
      }
    },
    use: () => ({
      connections: opened?.pool.connections ?? 0,
      inUse: opened?.pool.inUse ?? 0,
      waiting: opened?.pool.waiting ?? 0,
    }),
  };
}

async function versionOf(database: Kysely<unknown>): Promise<number> {
  const { rows } = await sql<{ version: number }>`
    select current_setting('server_version_num')::integer as version`.execute(database);
  return rows[0]!.version;
}
