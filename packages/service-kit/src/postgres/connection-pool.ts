/**
 * The pool that Kysely draws connections from: `pg`'s, with what it leaves open. Callers wait in a bounded queue;
 * every statement has an end on the client's side too, because a server that hangs enforces no time-out; one that keeps
 * silent is not asked by everybody (silence.ts); a connection that failed is never handed out again; and errors speak the catalogue's language.
 */
import type { PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import { Pool, type PoolClient, type PoolConfig } from 'pg';
import { MarqueeError } from '../errors.ts';
import { Permits } from '../permits.ts';
import { endsConnection, postgresFailure } from './postgres-failure.ts';
import { Silence } from './silence.ts';
import { encodeParameter } from './value-types.ts';

/** The server's own time-out comes first, because it says more; this is for servers that say nothing. */
const CLIENT_GRACE_MS = 500;

export interface ConnectionPoolOptions {
  /** For messages. */
  readonly address: string;
  readonly connection: PoolConfig;
  readonly maxConnections: number;
  readonly maxWaiting: number;
  readonly acquireTimeoutMs: number;
  readonly statementTimeoutMs: number;
  /** Told of every sign of life (undefined) and of every failure to reach the server. */
  readonly onHealth: (failure: MarqueeError | undefined) => void;
}

export class ConnectionPool implements PostgresPool {
  readonly options: object = {};
  readonly #pool: Pool;
  readonly #permits: Permits;
  readonly #options: ConnectionPoolOptions;
  readonly #silence = new Silence(() => performance.now());
  #ended: Promise<void> | undefined;

  constructor(options: ConnectionPoolOptions) {
    this.#options = options;
    this.#pool = new Pool({ ...options.connection, max: options.maxConnections });
    this.#permits = new Permits({
      max: options.maxConnections,
      maxWaiting: options.maxWaiting,
      timeoutMs: options.acquireTimeoutMs,
      refusal: (why) =>
        why === 'closed'
          ? this.#closed()
          : new MarqueeError(
              'OVERLOADED',
              why === 'queue full'
                ? `PostgreSQL at ${options.address}: ${options.maxWaiting} callers already wait for a connection`
                : `PostgreSQL at ${options.address}: no connection became free within ${options.acquireTimeoutMs} ms`,
            ),
    });
    // Idle connections fail when the server goes; the pool has dropped them by now. Without a listener the process ends.
    this.#pool.on('error', (error) => this.#failed(error));
  }

  get connections(): number {
    return this.#pool.totalCount;
  }

  get inUse(): number {
    return this.#permits.taken;
  }

  get waiting(): number {
    return this.#permits.waiting;
  }

  async connect(): Promise<PostgresPoolClient> {
    if (this.#ended !== undefined) throw this.#closed();
    const { refusal } = this.#silence;
    if (refusal !== undefined) throw refusal;
    await this.#permits.acquire();
    let asked = (): void => undefined;
    try {
      // The server may have fallen silent while this caller waited.
      asked = this.#silence.ask();
      return this.#guard(await this.#pool.connect(), asked);
    } catch (error) {
      asked();
      this.#permits.release();
      if (!(error instanceof MarqueeError) && /timeout/i.test((error as Error).message))
        this.#fellSilent('connections');
      throw this.#failed(error);
    }
  }

  /** Refuses who waits, lets statements that run come to their end, and closes all connections. */
  end(): Promise<void> {
    this.#ended ??= (async () => {
      await this.#permits.close();
      // Not before: pg's pool forgets those who ask it for a connection while it ends.
      await this.#pool.end();
    })();
    return this.#ended;
  }

  #guard(client: PoolClient, asked: () => void): PostgresPoolClient {
    let failure: Error | undefined;
    const onError = (error: Error) => {
      failure ??= this.#failed(error);
    };
    client.on('error', onError);

    const query = async <R>(
      text: string,
      parameters: readonly unknown[],
    ): Promise<PostgresQueryResult<R>> => {
      if (failure !== undefined) throw failure;
      const answer = client.query(text, parameters.map(encodeParameter));
      try {
        const result = await this.#inTime(answer, text);
        this.#silence.broken();
        this.#options.onHealth(undefined);
        return result as unknown as PostgresQueryResult<R>;
      } catch (error) {
        const told = this.#failed(error, text);
        if (error instanceof MarqueeError) this.#fellSilent('statements');
        else if (!endsConnection(error)) this.#silence.broken();
        // Also our own deadline: the answer may still come, and must not be taken for the next statement's.
        if (error instanceof MarqueeError || endsConnection(error)) failure ??= told;
        throw told;
      }
    };

    return {
      processID: (client as unknown as { processID?: number }).processID,
      query: query as PostgresPoolClient['query'],
      release: (destroy) => {
        client.off('error', onError);
        client.release(destroy === true || failure !== undefined);
        asked();
        this.#permits.release();
      },
    };
  }

  async #inTime<T>(answer: Promise<T>, text: string): Promise<T> {
    const { address, statementTimeoutMs } = this.#options;
    let timer: NodeJS.Timeout | undefined;
    const expiry = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const message = `PostgreSQL at ${address} did not answer within ${statementTimeoutMs} ms: ${text.slice(0, 100)}`;
        reject(new MarqueeError('DEADLINE_EXCEEDED', message));
      }, statementTimeoutMs + CLIENT_GRACE_MS);
    });
    answer.catch(() => undefined);
    try {
      return await Promise.race([answer, expiry]);
    } finally {
      clearTimeout(timer);
    }
  }

  #fellSilent(what: 'connections' | 'statements'): void {
    const message = `PostgreSQL at ${this.#options.address} takes ${what} and does not answer`;
    const failure = new MarqueeError('DEPENDENCY_UNAVAILABLE', message);
    this.#silence.noticed(failure);
    this.#options.onHealth(failure);
  }

  #failed(error: unknown, statement?: string): Error {
    const failure = postgresFailure(this.#options.address, error, statement);
    if (failure instanceof MarqueeError && HEALTH.has(failure.code)) this.#options.onHealth(failure);
    return failure;
  }

  #closed(): MarqueeError {
    return new MarqueeError('DEPENDENCY_UNAVAILABLE', `the pool for ${this.#options.address} is closed`);
  }
}

/** Failures that say something about the server, not about one statement. */
const HEALTH: ReadonlySet<string> = new Set(['DEPENDENCY_UNAVAILABLE', 'CONFIG_INVALID', 'DATA_CORRUPT']);
