/**
 * One request and its answer on a pool of connections, at undici's lowest level. `Pool.request` makes a stream and
 * several abort signals for each, and giving one up costs an exception with its stack: together a tenth of the
 * gateway's time for a page. Here it is one object and one timer.
 */
import type { Dispatcher } from 'undici';

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
      readonly headers: Readonly<Record<string, string | string[] | undefined>>;
      readonly text: string;
    }
  | { readonly kind: 'late' }
  /** By the caller, who does not want it any more. */
  | { readonly kind: 'given-up' }
  | { readonly kind: 'failed'; readonly cause: Error };

export interface RunningExchange {
  /** Never rejects. */
  readonly outcome: Promise<Outcome>;
  /** Closes the connection if an answer is still awaited on it; nothing after the outcome. */
  giveUp(): void;
}

export function post(dispatcher: Dispatcher, exchange: Exchange): RunningExchange {
  return new Posted(dispatcher, exchange);
}

class Posted implements RunningExchange, Dispatcher.DispatchHandler {
  readonly outcome: Promise<Outcome>;
  readonly #timer: NodeJS.Timeout;
  readonly #chunks: Buffer[] = [];
  #resolve!: (outcome: Outcome) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #headers: Readonly<Record<string, string | string[] | undefined>> = {};
  #over = false;

  constructor(dispatcher: Dispatcher, { path, headers, body, withinMs }: Exchange) {
    this.outcome = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#timer = setTimeout(() => this.#stop({ kind: 'late' }), withinMs);
    try {
      // Ours is exact, undici's timers are coarse.
      dispatcher.dispatch({ method: 'POST', path, headers, body, headersTimeout: 0, bodyTimeout: 0 }, this);
    } catch (error) {
      this.#end({ kind: 'failed', cause: error as Error });
    }
  }

  giveUp(): void {
    this.#stop({ kind: 'given-up' });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // It was over before there was a connection.
    if (this.#over) controller.abort(GIVEN_UP);
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    this.#status = status;
    this.#headers = headers;
    this.#chunks.length = 0;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const bytes = this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks);
    this.#end({
      kind: 'answered',
      status: this.#status,
      headers: this.#headers,
      text: bytes.toString('utf8'),
    });
  }

  onResponseError(_controller: Dispatcher.DispatchController, cause: Error): void {
    this.#end({ kind: 'failed', cause });
  }

  #stop(outcome: Outcome): void {
    if (this.#over) return;
    this.#end(outcome);
    this.#controller?.abort(GIVEN_UP);
  }

  #end(outcome: Outcome): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    this.#resolve(outcome);
    this.#chunks.length = 0;
  }
}

/** Nobody sees it; one for all costs no stack. */
const GIVEN_UP = new Error('nobody waits for this answer any more');
