/** One request and its answer on a pool of connections: one object, one promise and one timer. */
import type { Answer, AnswerHeaders } from './connections/answer-reader.ts';
import type { Connection, Waiting } from './connections/connection.ts';
import type { ConnectionPool } from './connections/connection-pool.ts';

export interface Exchange {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** For everything, from waiting for a connection to the last byte. */
  readonly withinMs: number;
}

export type Outcome =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly headers: AnswerHeaders;
      readonly text: string;
    }
  | { readonly kind: 'late' }
  /** By the caller, who does not want it any more. */
  | { readonly kind: 'given-up' }
  /** `sent`: the other side can have begun to work on it. */
  | { readonly kind: 'failed'; readonly cause: Error; readonly sent: boolean };

export interface RunningExchange {
  /** Never rejects. */
  readonly outcome: Promise<Outcome>;
  /** Closes the connection if an answer is still awaited on it; nothing after the outcome. */
  giveUp(): void;
}

export function post(pool: ConnectionPool, exchange: Exchange): RunningExchange {
  return new Posted(pool, exchange);
}

class Posted implements RunningExchange, Waiting {
  readonly outcome: Promise<Outcome>;
  readonly head: string;
  readonly body: string;
  connection: Connection | undefined;
  readonly #pool: ConnectionPool;
  readonly #timer: NodeJS.Timeout;
  #resolve!: (outcome: Outcome) => void;
  #over = false;

  constructor(pool: ConnectionPool, { path, headers, body, withinMs }: Exchange) {
    this.outcome = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#pool = pool;
    this.body = body;
    this.head = headOf(pool.host, path, headers);
    this.#timer = setTimeout(() => this.#stop({ kind: 'late' }), withinMs);
    pool.send(this);
  }

  giveUp(): void {
    this.#stop({ kind: 'given-up' });
  }

  answered({ status, headers, text }: Answer): void {
    this.#end({ kind: 'answered', status, headers, text });
  }

  failed(cause: Error, sent: boolean): void {
    this.#end({ kind: 'failed', cause, sent });
  }

  #stop(outcome: Outcome): void {
    if (this.#over) return;
    this.#end(outcome);
    this.#pool.giveUp(this);
  }

  #end(outcome: Outcome): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    this.#resolve(outcome);
  }
}

/** What a line of a head must not have in it (RFC 9110, section 5.5): with it a client could write lines of its own. */
const UNSENDABLE = /[^\t\x20-\x7e\x80-\xff]/;

function headOf(host: string, path: string, headers: Readonly<Record<string, string>>): string {
  let head = `POST ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\n`;
  for (const name in headers) {
    const value = headers[name] as string;
    // Names are ours.
    if (!UNSENDABLE.test(value)) head += `${name}: ${value}\r\n`;
  }
  return head;
}
