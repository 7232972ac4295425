/**
 * The main thread's end of one SQLite worker: sends requests, matches replies in order, keeps transactions
 * apart and the queue bounded.
 *
 * Statements outside a transaction are sent at once, without waiting for each other. From `begin` until the
 * end of a transaction only its own statements are sent and all others wait, first come, first served.
 */
import { Worker } from 'node:worker_threads';
import { MarqueeError } from '../errors.ts';
import { openFailure, statementFailure } from './sqlite-failure.ts';
import type { SqliteGreeting, SqliteReply, SqliteRequest, WorkerOptions } from './sqlite-protocol.ts';

type Answer = Extract<SqliteReply, { ok: unknown }>['ok'];

interface Call {
  /** The connection that asks; transactions belong to one. */
  readonly owner: object;
  readonly request: SqliteRequest;
  readonly begins: boolean;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

export class SqliteThread {
  readonly #worker: Worker;
  readonly #file: string;
  readonly #maxQueued: number;
  /** Sent and not answered, oldest first. */
  readonly #sent: Call[] = [];
  /** Waiting for a transaction to end. */
  readonly #waiting: Call[] = [];
  #transactionOwner: object | undefined;
  /** From then on the worker keeps the process alive, until it has released the file. */
  #closing = false;
  #gone: Error | undefined;

  private constructor(worker: Worker, file: string, maxQueued: number) {
    this.#worker = worker;
    this.#file = file;
    this.#maxQueued = maxQueued;
    worker.on('message', (reply: SqliteReply) => this.#settle(reply));
    worker.on('error', (error) => this.#fail(error.message));
    worker.on('exit', () => this.#fail('its thread has ended'));
  }

  /** @throws MarqueeError DATA_CORRUPT or DATA_DIRECTORY_UNUSABLE naming the file. */
  static async open(options: WorkerOptions, maxQueued: number): Promise<SqliteThread> {
    const worker = new Worker(new URL('./sqlite.worker.ts', import.meta.url), { workerData: options });
    const greeting = await new Promise<SqliteGreeting>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    if ('failure' in greeting) {
      await worker.terminate();
      throw openFailure(options.file, greeting.failure);
    }
    worker.removeAllListeners('error');
    // A database that somebody forgot to close must not keep a process alive; work in flight does.
    worker.unref();
    return new SqliteThread(worker, options.file, maxQueued);
  }

  /** @throws MarqueeError OVERLOADED, DEPENDENCY_UNAVAILABLE, DATA_CORRUPT; SqliteStatementError. */
  send(owner: object, request: SqliteRequest): Promise<Answer> {
    return this.#enqueue(owner, request, false);
  }

  async begin(owner: object, sql: string): Promise<void> {
    await this.#enqueue(owner, { kind: 'execute', sql, parameters: [] }, true);
  }

  /** Commits or rolls back, and lets the next in. */
  async end(owner: object, sql: string): Promise<void> {
    try {
      await this.#enqueue(owner, { kind: 'execute', sql, parameters: [] }, false);
    } catch (error) {
      // After a failed commit SQLite may still hold the transaction; Kysely then asks for the rollback.
      if (sql === 'commit') throw error;
      this.#release(owner);
      throw error;
    }
    this.#release(owner);
  }

  /** Waits for what is queued, closes the connection and ends the thread. */
  async close(): Promise<void> {
    if (this.#gone !== undefined) return;
    const exited = new Promise<void>((resolve) => this.#worker.once('exit', () => resolve()));
    const closed = this.#enqueue({}, { kind: 'close' }, false);
    this.#closing = true;
    this.#worker.ref();
    await Promise.all([closed, exited]);
  }

  #enqueue(owner: object, request: SqliteRequest, begins: boolean): Promise<Answer> {
    if (this.#gone !== undefined) return Promise.reject(this.#gone);
    const inTransaction = this.#transactionOwner === owner;
    // What belongs to an open transaction is never refused: it holds up everybody else.
    if (
      !inTransaction &&
      request.kind !== 'close' &&
      this.#sent.length + this.#waiting.length >= this.#maxQueued
    ) {
      return Promise.reject(
        new MarqueeError('OVERLOADED', `database ${this.#file}: ${this.#maxQueued} statements are waiting`),
      );
    }
    return new Promise((resolve, reject) => {
      const call = { owner, request, begins, resolve, reject };
      if (this.#transactionOwner === undefined || inTransaction) this.#post(call);
      else this.#waiting.push(call);
    });
  }

  #post(call: Call): void {
    try {
      this.#worker.postMessage(call.request);
    } catch (error) {
      // A parameter that cannot be cloned, e.g. a function; nothing was sent.
      call.reject(error as Error);
      return;
    }
    if (call.begins) this.#transactionOwner = call.owner;
    if (this.#sent.length === 0) this.#worker.ref();
    this.#sent.push(call);
  }

  #settle(reply: SqliteReply): void {
    const call = this.#sent.shift();
    if (call === undefined) return;
    if (this.#sent.length === 0 && !this.#closing) this.#worker.unref();
    if ('ok' in reply) {
      call.resolve(reply.ok);
      return;
    }
    if (call.begins) this.#release(call.owner);
    call.reject(statementFailure(this.#file, textOf(call.request), reply.failure));
  }

  #release(owner: object): void {
    if (this.#transactionOwner !== owner) return;
    this.#transactionOwner = undefined;
    while (this.#waiting.length > 0 && this.#transactionOwner === undefined) {
      this.#post(this.#waiting.shift() as Call);
    }
  }

  #fail(reason: string): void {
    if (this.#gone !== undefined) return;
    this.#gone = new MarqueeError('DEPENDENCY_UNAVAILABLE', `database ${this.#file} is closed: ${reason}`);
    for (const call of [...this.#sent.splice(0), ...this.#waiting.splice(0)]) call.reject(this.#gone);
  }
}

function textOf(request: SqliteRequest): string {
  if (request.kind === 'close') return 'close';
  return request.kind === 'together' ? request.statements.map(({ sql }) => sql).join('; ') : request.sql;
}
