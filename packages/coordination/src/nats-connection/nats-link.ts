/**
 * One connection to NATS with a life of its own.
 *
 * At the start the server may be away: it is waited for, with what is awaited in `readiness()`, up to `startWithinMs`;
 * credentials that are refused are named at once. From then on the connection is made again for ever.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import {
  isMarqueeError,
  type Logger,
  MarqueeError,
  READY,
  type Readiness,
  silentLogger,
} from '@marquee/service-kit';
import {
  type ConnectionOptions,
  connect,
  credsAuthenticator,
  DebugEvents,
  Events,
  type JetStreamManager,
  type NatsConnection,
} from 'nats';
import { natsFailure } from './nats-failure.ts';

export type NatsCredentials =
  | { readonly user: string; readonly password: string }
  | { readonly token: string }
  /** Path of a `.creds` file: a user's JWT and nkey seed. */
  | { readonly credsFile: string };

export interface NatsServerOptions {
  /** `nats://host:port` or `tls://host:port`; of a cluster, several. */
  readonly servers: string | readonly string[];
  readonly credentials?: NatsCredentials;
  /** How long `start()` waits for a server and for what is declared on it. Default 60,000. */
  readonly startWithinMs?: number;
  /** A server that does not answer two pings so far apart is left. Default 2,000. */
  readonly pingIntervalMs?: number;
  /** Bound on one call of the server's API. Default 5,000. */
  readonly requestTimeoutMs?: number;
  readonly logger?: Logger;
}

const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 2_000;

export class NatsLink {
  readonly #options: NatsServerOptions;
  readonly #name: string;
  readonly #logger: Logger;
  readonly #listeners = { disconnect: new Set<() => void>(), reconnect: new Set<() => void>() };
  #connection: NatsConnection | undefined;
  #manager: JetStreamManager | undefined;
  #connected = false;
  #closing = new AbortController();
  #detail = 'not started';

  /** @param name shown in the server's list of connections. */
  constructor(options: NatsServerOptions, name: string) {
    this.#options = options;
    this.#name = name;
    this.#logger = options.logger ?? silentLogger;
  }

  /** False while the server is known to be away; a server that only stopped answering is found out by pings. */
  get connected(): boolean {
    return this.#connected;
  }

  /** @throws MarqueeError DEPENDENCY_UNAVAILABLE when it is not open. */
  get connection(): NatsConnection {
    if (this.#connection === undefined) throw this.#notRunning();
    return this.#connection;
  }

  /** @throws MarqueeError DEPENDENCY_UNAVAILABLE when it is not open. */
  get manager(): JetStreamManager {
    if (this.#manager === undefined) throw this.#notRunning();
    return this.#manager;
  }

  get requestTimeoutMs(): number {
    return this.#options.requestTimeoutMs ?? 5_000;
  }

  get servers(): string {
    return [this.#options.servers].flat().join(', ');
  }

  /**
   * Connects, then does `prepare`, both again and again until the limit.
   * @throws MarqueeError CONFIG_INVALID at once, DEPENDENCY_UNAVAILABLE at the limit or when `close` came in between.
   */
  async open(prepare: () => Promise<void>): Promise<void> {
    this.#closing = new AbortController();
    const { signal } = this.#closing;
    const within = this.#options.startWithinMs ?? 60_000;
    const deadline = performance.now() + within;
    for (let attempts = 0; ; attempts++) {
      try {
        if (this.#connection === undefined) await this.#connect();
        await prepare();
        this.#detail = '';
        return;
      } catch (error) {
        const failure = natsFailure(error, `NATS at ${this.servers}`);
        const left = deadline - performance.now();
        const stopped = signal.aborted;
        if (!isMarqueeError(failure, 'DEPENDENCY_UNAVAILABLE') || left <= 0 || stopped) {
          await this.close();
          if (!isMarqueeError(failure, 'DEPENDENCY_UNAVAILABLE')) throw failure;
          const message = stopped
            ? `${this.#name} was stopped while it waited for NATS`
            : `waited ${within} ms in vain: ${failure.message}`;
          throw new MarqueeError('DEPENDENCY_UNAVAILABLE', { message, cause: error });
        }
        this.#detail = `waiting: ${failure.message}`;
        this.#logger.warn(
          { component: this.#name, leftMs: Math.ceil(left), err: failure },
          'waiting for NATS',
        );
        const wait = Math.min(left, MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(attempts, 10));
        await delay(wait, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    const connection = this.#connection;
    this.#connection = undefined;
    this.#manager = undefined;
    this.#connected = false;
    this.#detail = 'not running';
    await connection?.close();
  }

  readiness(): Readiness {
    if (this.#detail !== '') return { ready: false, detail: this.#detail };
    return this.#connected ? READY : { ready: true, detail: `NATS at ${this.servers} is away` };
  }

  /** Called when the connection is lost. Returns what ends that. */
  onDisconnect(listener: () => void): () => void {
    return this.#listen('disconnect', listener);
  }

  /** Called when the connection is there again. Returns what ends that. */
  onReconnect(listener: () => void): () => void {
    return this.#listen('reconnect', listener);
  }

  #listen(kind: 'disconnect' | 'reconnect', listener: () => void): () => void {
    this.#listeners[kind].add(listener);
    return () => void this.#listeners[kind].delete(listener);
  }

  async #connect(): Promise<void> {
    const { servers, credentials, pingIntervalMs } = this.#options;
    const connection = await connect({
      servers: [servers].flat(),
      name: this.#name,
      ...authentication(credentials),
      timeout: 2_000,
      maxReconnectAttempts: -1,
      // Two refusals would end the connection for good otherwise, e.g. while a server's users are being changed.
      ignoreAuthErrorAbort: true,
      reconnectTimeWait: 250,
      reconnectJitter: 100,
      pingInterval: pingIntervalMs ?? 2_000,
      maxPingOut: 2,
    } as ConnectionOptions);
    if (this.#closing.signal.aborted) return void (await connection.close());
    this.#connection = connection;
    this.#connected = true;
    this.#manager = await connection.jetstreamManager({ checkAPI: false, timeout: this.requestTimeoutMs });
    void this.#follow(connection);
  }

  async #follow(connection: NatsConnection): Promise<void> {
    const logger = this.#logger.child({ component: this.#name });
    for await (const { type, data } of connection.status()) {
      if (this.#connection !== connection) return;
      if (type === Events.Disconnect) {
        logger.warn({ server: data }, 'the connection to NATS is lost');
        this.#tell('disconnect');
      } else if (type === Events.Reconnect) {
        logger.info({ server: data }, 'connected to NATS again');
        this.#tell('reconnect');
      } else if (type === Events.Error) {
        logger.error({ reason: data }, 'NATS reports an error');
      } else if (type === DebugEvents.StaleConnection) {
        logger.warn('NATS does not answer pings');
      }
    }
    if (this.#connection !== connection) return;
    this.#connected = false;
    this.#detail = 'the connection to NATS was closed for good';
    logger.fatal({ err: await connection.closed() }, this.#detail);
  }

  #tell(kind: 'disconnect' | 'reconnect'): void {
    this.#connected = kind === 'reconnect';
    for (const listener of this.#listeners[kind]) listener();
  }

  #notRunning(): MarqueeError {
    return new MarqueeError('DEPENDENCY_UNAVAILABLE', `${this.#name} is not running`);
  }
}

function authentication(credentials: NatsCredentials | undefined): Partial<ConnectionOptions> {
  if (credentials === undefined) return {};
  if ('token' in credentials) return { token: credentials.token };
  if ('user' in credentials) return { user: credentials.user, pass: credentials.password };
  try {
    return { authenticator: credsAuthenticator(readFileSync(credentials.credsFile)) };
  } catch (cause) {
    const message = `the NATS credentials file cannot be read: ${(cause as Error).message}`;
    throw new MarqueeError('CONFIG_INVALID', { message, cause });
  }
}
