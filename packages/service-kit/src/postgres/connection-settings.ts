/** From options to what `pg` connects with. The connection string is taken apart here, so that no message repeats it. */
import type { PoolConfig } from 'pg';
import { MarqueeError } from '../errors.ts';
import type { PostgresOptions, PostgresTls } from './index.ts';
import { valueTypes } from './value-types.ts';

export interface ConnectionSettings {
  /** `host:port/database`. */
  readonly address: string;
  readonly schema: string;
  readonly config: PoolConfig;
}

/** @throws MarqueeError CONFIG_INVALID naming the option; never its value, which may hold a password. */
export function connectionSettings(options: PostgresOptions): ConnectionSettings {
  const url = parseUrl(options.url);
  const schema = options.schema ?? 'public';
  // Goes into the connection's start-up options, which know no parameters.
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(schema)) {
    throw invalid('the schema must be lower-case letters, digits and underscores');
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? 5432 : Number(url.port);
  const database = decodeURIComponent(url.pathname.slice(1));
  return {
    address: `${url.hostname}:${port}/${database}`,
    schema,
    config: {
      host,
      port,
      database,
      user: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
      application_name: options.applicationName ?? 'marquee',
      // Compiling a plan takes longer than the short statements of a service ever do.
      options: `-c search_path=${schema} -c jit=off`,
      ssl: tlsOf(options.tls ?? false),
      types: valueTypes,
      keepAlive: true,
      connectionTimeoutMillis: options.connectTimeoutMs ?? 3_000,
      idleTimeoutMillis: options.idleTimeoutMs ?? 30_000,
      statement_timeout: options.statementTimeoutMs ?? 10_000,
      lock_timeout: options.lockTimeoutMs ?? 5_000,
      idle_in_transaction_session_timeout: options.idleInTransactionTimeoutMs ?? 10_000,
    },
  };
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['postgres:', 'postgresql:'].includes(url.protocol) || url.hostname === '') {
    throw invalid('the address must look like postgres://user:password@host:5432/database');
  }
  if (url.username === '' || url.pathname.length < 2)
    throw invalid('the address must name user and database');
  const [parameter] = url.searchParams.keys();
  if (parameter !== undefined) {
    throw invalid(
      `the address has the parameter ${parameter}; settings such as TLS have options of their own`,
    );
  }
  return url;
}

function tlsOf(tls: boolean | PostgresTls): PoolConfig['ssl'] {
  if (typeof tls === 'boolean') return tls;
  const { ca, certificate, key, serverName } = tls;
  return {
    rejectUnauthorized: true,
    ...(ca === undefined ? {} : { ca }),
    ...(certificate === undefined ? {} : { cert: certificate }),
    ...(key === undefined ? {} : { key }),
    ...(serverName === undefined ? {} : { servername: serverName }),
  };
}

function invalid(reason: string): MarqueeError {
  return new MarqueeError('CONFIG_INVALID', `PostgreSQL: ${reason}`);
}
