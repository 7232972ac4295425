/**
 * Connections to one address that stay open between requests.
 *
 * A connection is used again when the sockets have been read once more after its last answer: what the other side sent
 * behind that answer, or that it has closed the connection, is known by then. One look for all connections of a turn of the
 * event loop is enough.
 */
import { Connection, type ConnectionOptions, type Waiting } from './connection.ts';

export interface ConnectionPoolOptions extends Omit<ConnectionOptions, 'buffer'> {
  /** Requests beyond wait for a connection. */
  readonly connections: number;
  /** A connection that was not used for so long is closed. Shorter where the other side says that it waits less. */
  readonly keepAliveMs: number;
  /** A connection this old is closed once its request is answered. Default: it may grow as old as it likes. */
  readonly maxAgeMs?: number | undefined;
}

/** Of what the other side says about idle connections: for its close to be on its way. */
const MARGIN_MS = 1_000;
const BUFFER_BYTES = 65_536;
/** For all pools: what comes is read before anything else can come. */
const BUFFER = Buffer.allocUnsafeSlow(BUFFER_BYTES);

export class ConnectionPool {
  readonly #options: ConnectionPoolOptions;
  /** Used last, last. */
  readonly #free: Connection[] = [];
  readonly #all = new Set<Connection>();
  /** In the order in which they came. */
  readonly #queue = new Set<Waiting>();
  /** Came free in this turn, and in the one before. */
  #resting: Connection[] = [];
  #rested: Connection[] = [];
  #turn: NodeJS.Immediate | undefined;
  #sweep: NodeJS.Timeout | undefined;
  #stopped: (() => void) | undefined;
  #stopping: Promise<void> | undefined;

  constructor(options: ConnectionPoolOptions) {
    this.#options = options;
  }

  get host(): string {
    return this.#options.address.host;
  }

  /** One of the two of `waiting` is called, at once for a pool that is stopped. */
  send(waiting: Waiting): void {
    if (this.#stopping !== undefined) {
      waiting.failed(new Error('the connections are closed'), false);
      return;
    }
    const connection = this.#take() ?? this.#opened();
    if (connection === undefined) this.#queue.add(waiting);
    else this.#use(connection, waiting);
  }

  /** Nothing is told to it any more. */
  giveUp(waiting: Waiting): void {
    if (this.#queue.delete(waiting)) return;
    waiting.connection?.giveUp(waiting);
  }

  /** Requests under way, and those that wait for a connection, are answered first. */
  stop(): Promise<void> {
    this.#stopping ??= new Promise((resolve) => {
      this.#stopped = resolve;
      clearInterval(this.#sweep);
      for (const connection of [...this.#free, ...this.#rested, ...this.#resting])
        connection.close(undefined);
      this.#free.length = 0;
      if (this.#all.size === 0) resolve();
    });
    return this.#stopping;
  }

  #take(): Connection | undefined {
    const now = performance.now();
    for (;;) {
      const connection = this.#free.pop();
      if (connection === undefined || (!connection.isClosed && connection.freeUntil > now)) return connection;
      connection.close(undefined);
    }
  }

  #opened(): Connection | undefined {
    if (this.#all.size >= this.#options.connections) return undefined;
    const connection = new Connection({ ...this.#options, buffer: BUFFER }, this);
    this.#all.add(connection);
    return connection;
  }

  #use(connection: Connection, waiting: Waiting): void {
    waiting.connection = connection;
    connection.send(waiting);
  }

  /** For connections only. */
  free(connection: Connection, idleMs: number): void {
    const { keepAliveMs, maxAgeMs } = this.#options;
    const now = performance.now();
    const until = now + Math.min(keepAliveMs, idleMs - MARGIN_MS);
    const isOld = maxAgeMs !== undefined && now - connection.openedAt > maxAgeMs;
    if (until <= now || isOld || (this.#stopping !== undefined && this.#queue.size === 0)) {
      connection.close(undefined);
      return;
    }
    connection.freeUntil = until;
    this.#resting.push(connection);
    this.#turn ??= setImmediate(this.#look);
  }

  /** For connections only. */
  closed(connection: Connection): void {
    this.#all.delete(connection);
    const [next] = this.#queue;
    if (next !== undefined) {
      const another = this.#opened();
      if (another !== undefined) {
        this.#queue.delete(next);
        this.#use(another, next);
      }
    }
    if (this.#all.size === 0) this.#stopped?.();
  }

  readonly #look = (): void => {
    const ready = this.#rested;
    this.#rested = this.#resting;
    this.#resting = [];
    this.#turn = this.#rested.length === 0 ? undefined : setImmediate(this.#look);
    for (const connection of ready) {
      if (connection.isClosed) continue;
      const [next] = this.#queue;
      if (next === undefined) {
        if (this.#stopping === undefined) this.#free.push(connection);
        else connection.close(undefined);
      } else {
        this.#queue.delete(next);
        this.#use(connection, next);
      }
    }
    this.#sweep ??= setInterval(this.#closeIdle, this.#options.keepAliveMs).unref();
  };

  readonly #closeIdle = (): void => {
    const now = performance.now();
    const kept = this.#free.filter((connection) => !connection.isClosed && connection.freeUntil > now);
    for (const connection of this.#free) if (!kept.includes(connection)) connection.close(undefined);
    this.#free.length = 0;
    this.#free.push(...kept);
  };
}
