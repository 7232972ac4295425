/**
 * PostgreSQL behind Kysely: a bounded pool whose every wait has an end, errors in the words of the error catalogue,
 * and versioned migrations that many processes may run at once.
 *
 * One `Postgres` serves all adapters of a process; it is started before them and stopped after them. Text columns
 * are to be declared `collate "C"`, so that order does not depend on how the server was set up. `bigint` and
 * `numeric` come back as numbers, `json` as text.
 */
import type { Kysely } from 'kysely';
import type { Component } from '../component.ts';
import type { Logger } from '../logging.ts';
import type { PostgresMigrations } from './migrate.ts';

export interface PostgresOptions {
  /** `postgres://user:password@host:5432/database`; special characters percent-encoded. */
  readonly url: string;
  readonly logger: Logger;
  /** Where the tables are; made by the first migration when it does not exist. Default `public`. */
  readonly schema?: string;
  /** What the server's own views call these connections. Default `marquee`. */
  readonly applicationName?: string;
  /**
   * Encrypts connections. `true` checks the server's certificate against the system's authorities; an object gives
   * certificates in PEM. Default false.
   */
  readonly tls?: boolean | PostgresTls;
  /** Default 10. Over all processes it must stay below the server's `max_connections`. */
  readonly maxConnections?: number;
  /** Callers waiting for a connection in all; one more is refused with OVERLOADED. Default 200. */
  readonly maxWaiting?: number;
  /** How long a caller waits for a connection before it is refused with OVERLOADED. Default 2,000. */
  readonly acquireTimeoutMs?: number;
  /** For one connection to be made. Default 3,000. */
  readonly connectTimeoutMs?: number;
  /** A connection not used for so long is closed. Default 30,000. */
  readonly idleTimeoutMs?: number;
  /** Per statement, on the server; the client gives up half a second later. Default 10,000. */
  readonly statementTimeoutMs?: number;
  /** For one lock. Default 5,000. */
  readonly lockTimeoutMs?: number;
  /** Between two statements of a transaction. Default 10,000. */
  readonly idleInTransactionTimeoutMs?: number;
  /** How long `start` waits for a server that is away. Default 60,000. */
  readonly startWithinMs?: number;
  /** Per migration. Default 300,000: an index over a large table takes its time. */
  readonly migrationTimeoutMs?: number;
}

export interface PostgresTls {
  /** Of the authority that signed the server's certificate. Default: the system's authorities. */
  readonly ca?: string;
  /** For servers that want a certificate of the client. */
  readonly certificate?: string;
  readonly key?: string;
  /** The name in the server's certificate, where it is not the host's. */
  readonly serverName?: string;
}

/** How the pool is used at the moment, for metrics. */
export interface PostgresUse {
  readonly connections: number;
  readonly inUse: number;
  readonly waiting: number;
}

export interface Postgres extends Component {
  /** `host:port/database`, without credentials. */
  readonly address: string;
  /**
   * The query builder. Its queries fail with OVERLOADED when no connection becomes free, DEADLINE_EXCEEDED when a
   * statement or lock takes too long, CONFLICT for deadlocks and serialisation, DEPENDENCY_UNAVAILABLE when the
   * server is away, full or read-only, CONFIG_INVALID for missing rights, DATA_CORRUPT when the server reports
   * damage, and `PostgresStatementError` for everything else that PostgreSQL refuses.
   */
  database<Tables>(): Kysely<Tables>;
  /**
   * Applies what is missing of one component's migrations and returns its names; nothing is touched when nothing
   * is missing. For details see `migrate`.
   */
  migrate(component: string, migrations: PostgresMigrations): Promise<readonly string[]>;
  use(): PostgresUse;
}

export { createPostgres } from './create-postgres.ts';
export type { PostgresMigration, PostgresMigrations } from './migrate.ts';
export { PostgresStatementError } from './postgres-failure.ts';
