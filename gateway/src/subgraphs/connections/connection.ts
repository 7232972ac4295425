/** One connection to a subgraph, for one request at a time. */
import type { Socket } from 'node:net';
import type { Address } from './address.ts';
import { type Answer, AnswerReader } from './answer-reader.ts';

/** Whoever waits for an answer. Exactly one of the two is called, unless the request is given up. */
export interface Waiting {
  /** All lines but the one that says how long the body is, each with its end; no character beyond latin1. */
  readonly head: string;
  readonly body: string;
  /** The one that it was sent on; of the pool. */
  connection: Connection | undefined;
  answered(answer: Answer): void;
  /** @param sent whether the other side can have begun to work on it. */
  failed(cause: Error, sent: boolean): void;
}

export interface ConnectionEvents {
  /**
   * It can be used again.
   * @param idleMs after which the other side ends it when it is not.
   */
  free(connection: Connection, idleMs: number): void;
  /** Called once. */
  closed(connection: Connection): void;
}

/** `onread` of `net.connect` and `tls.connect`. */
export interface OnRead {
  readonly buffer: Buffer;
  callback(bytes: number): boolean;
}

export interface ConnectionOptions {
  readonly address: Address;
  readonly connectWithinMs: number;
  readonly maxAnswerBytes: number;
  /** What comes is put here, and has been looked at before anything else comes: one will do for all connections. */
  readonly buffer: Buffer;
}

export class Connection {
  /** Milliseconds of `performance.now()`. */
  readonly openedAt = performance.now();
  /** Not to be used from then on. */
  freeUntil = 0;
  readonly #events: ConnectionEvents;
  readonly #socket: Socket;
  readonly #reader: AnswerReader;
  #waiting: Waiting | undefined;
  #state: 'opening' | 'open' | 'closed' = 'opening';
  #cause: Error | undefined;

  constructor(
    { address, connectWithinMs, maxAnswerBytes, buffer }: ConnectionOptions,
    events: ConnectionEvents,
  ) {
    this.#events = events;
    this.#reader = new AnswerReader(maxAnswerBytes);
    const timer = setTimeout(() => this.close(connectTimeout(connectWithinMs)), connectWithinMs);
    this.#socket = address.open({
      buffer,
      callback: (count) => {
        this.#read(buffer.subarray(0, count));
        return true;
      },
    });
    this.#socket.setNoDelay(true);
    // Who waits for an answer has a timer of its own, which is what keeps the process.
    this.#socket.unref();
    this.#socket.once(address.openEvent, () => {
      clearTimeout(timer);
      if (this.#state !== 'opening') return;
      this.#state = 'open';
      if (this.#waiting === undefined) this.#events.free(this, Number.POSITIVE_INFINITY);
      else this.#write(this.#waiting);
    });
    this.#socket.once('end', () => {
      const answer = this.#waiting && this.#reader.ended();
      if (answer === undefined) this.close(new Error('the other side closed the connection'));
      else this.#end(answer);
    });
    this.#socket.on('error', (error) => this.close(error));
    this.#socket.once('close', () => {
      clearTimeout(timer);
      this.close(new Error('the connection was closed'));
    });
  }

  get isClosed(): boolean {
    return this.#state === 'closed';
  }

  /** To be called while nobody waits on it. */
  send(waiting: Waiting): void {
    this.#waiting = waiting;
    if (this.#state === 'open') this.#write(waiting);
    else if (this.#state === 'closed')
      this.#fail(this.#cause ?? new Error('the connection is closed'), false);
  }

  /** Nobody wants the answer any more. What is still to come of it makes the connection useless. */
  giveUp(waiting: Waiting): void {
    if (this.#waiting !== waiting) return;
    this.#waiting = undefined;
    this.close(undefined);
  }

  /** @param cause for whoever still waits. */
  close(cause: Error | undefined): void {
    if (this.#state === 'closed') return;
    const sent = this.#state === 'open';
    this.#state = 'closed';
    this.#cause = cause;
    this.#socket.destroy();
    this.#events.closed(this);
    if (this.#waiting !== undefined) this.#fail(cause ?? new Error('the connection was closed'), sent);
  }

  #write({ head, body }: Waiting): void {
    this.#reader.expect();
    const length = Buffer.byteLength(body);
    const wholeHead = `${head}content-length: ${length}\r\n\r\n`;
    const socket = this.#socket;
    if (length === body.length) {
      // One text of ASCII is one system call, and nothing is encoded.
      socket.write(wholeHead + body, 'latin1');
      return;
    }
    socket.cork();
    socket.write(wholeHead, 'latin1');
    socket.write(body, 'utf8');
    socket.uncork();
  }

  #read(bytes: Buffer): void {
    if (this.#state === 'closed') return;
    try {
      const answer = this.#reader.read(bytes);
      if (answer !== undefined) this.#end(answer);
    } catch (error) {
      this.close(error as Error);
    }
  }

  #end(answer: Answer): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    // An answer to half a request: the other side need not read the rest of it as what it is.
    const isEarly = this.#socket.writableLength > 0;
    if (answer.idleMs <= 0 || isEarly) this.close(undefined);
    else this.#events.free(this, answer.idleMs);
    waiting?.answered(answer);
  }

  #fail(cause: Error, sent: boolean): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.failed(cause, sent);
  }
}

function connectTimeout(milliseconds: number): Error {
  return Object.assign(new Error(`no connection within ${milliseconds} ms`), { code: 'CONNECT_TIMEOUT' });
}
