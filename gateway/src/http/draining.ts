/**
 * How a listening server comes to an end without anybody losing an answer.
 *
 * Closing a keep-alive connection that looks idle loses the request that is on its way through it, and under load
 * there always is one. So connections are ended where both sides agree on it: by `Connection: close` on an
 * answer. Only those on which nothing has moved for a while are closed from here.
 *
 *   leaving   `/ready` says no; everything else goes on, new connections too, until whoever routes has noticed
 *   closing   no new connections; a request on an open one is answered and ends it; idle ones are closed
 *   refusing  second half of the bound: a request that could not finish in the rest of it is refused with 503
 *   the end   what is still being worked on is told so with 504
 */
import { Server as HttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type Logger, MarqueeError } from '@marquee/service-kit';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { httpErrorBody } from '../errors/http-errors.ts';
import { errorMediaType } from './negotiation.ts';
import type { DrainConfig } from './variables.ts';

export type DrainPhase = 'serving' | 'leaving' | 'closing' | 'refusing';

/** Nothing has moved on an idle connection for so long: longer than clients in a loop take from answer to request. */
const IDLE_MS = 250;
const LOOK_EVERY_MS = 25;
/** The queue is empty when it brought nobody for so many turns of the event loop; clients may keep it from that. */
const QUIET_TURNS = 3;
const MAX_QUEUE_TURNS = 200;
/** For the last answers to leave. */
const FLUSH_MS = 500;

interface Connection {
  /** Requests without a finished answer. */
  open: number;
  requests: number;
  quietSince: number;
  /** Bytes that had come when it became quiet: more of them are the beginning of a request. */
  bytesThen: number;
}

export class Draining {
  readonly #server: FastifyInstance;
  readonly #config: DrainConfig;
  readonly #logger: Logger;
  readonly #connections = new Map<Socket, Connection>();
  readonly #unanswered = new Set<FastifyReply>();
  #phase: DrainPhase = 'serving';
  #accepted = 0;

  /** @param maxRequestsPerConnection after so many an answer ends its connection. */
  constructor(
    server: FastifyInstance,
    config: DrainConfig,
    maxRequestsPerConnection: number,
    logger: Logger,
  ) {
    this.#server = server;
    this.#config = config;
    this.#logger = logger;
    server.server.on('connection', (socket: Socket) => this.#connected(socket));
    server.server.on('request', (request: IncomingMessage, response: ServerResponse) =>
      this.#requested(request.socket, response),
    );
    server.addHook('onRequest', (_request, reply, done) => {
      this.#unanswered.add(reply);
      reply.raw.once('close', () => this.#unanswered.delete(reply));
      if (this.#phase !== 'refusing') return done();
      done(new MarqueeError('SHUTTING_DOWN', 'too late to be answered before the end'));
    });
    server.addHook('onSend', (request, reply, payload, done) => {
      const requests = this.#connections.get(request.raw.socket)?.requests ?? 0;
      const last = this.#phase === 'closing' || this.#phase === 'refusing';
      // HTTP/2 has other words for it, see http2-listener.ts.
      if (request.raw.httpVersionMajor === 1 && (last || requests >= maxRequestsPerConnection)) {
        reply.header('connection', 'close');
      }
      done(null, payload);
    });
  }

  get phase(): DrainPhase {
    return this.#phase;
  }

  /** Resolves when no connection is left, at the latest some 500 ms after grace and bound. */
  async drain(): Promise<void> {
    const { graceMs, boundMs } = this.#config;
    this.#phase = 'leaving';
    if (graceMs > 0) await delay(graceMs);

    // In this order: clients whose connection is ended by an answer open a new one at once, and would be lost in the
    // queue of a listening socket that is about to close.
    await this.#stopListening();
    this.#phase = 'closing';
    const halfway = performance.now() + boundMs / 2;
    await this.#untilEmpty(halfway);
    this.#phase = 'refusing';
    await this.#untilEmpty(halfway + boundMs / 2);

    this.#tellTheUnanswered();
    await this.#untilEmpty(performance.now() + FLUSH_MS);
    this.#server.server.closeAllConnections();
  }

  #connected(socket: Socket): void {
    const connection = { open: 0, requests: 0, quietSince: performance.now(), bytesThen: 0 };
    this.#connections.set(socket, connection);
    this.#accepted++;
    socket.once('close', () => this.#connections.delete(socket));
  }

  #requested(socket: Socket, response: ServerResponse): void {
    const connection = this.#connections.get(socket);
    if (connection === undefined) return;
    connection.open++;
    connection.requests++;
    response.once('close', () => {
      connection.open--;
      connection.quietSince = performance.now();
      connection.bytesThen = socket.bytesRead;
    });
  }

  /**
   * Of `net.Server`: Node's HTTP server also destroys every connection that looks idle at this instant, those
   * included whose next request has arrived and was not read yet. Waiting for the end is not ours: it comes with
   * the last connection.
   */
  async #stopListening(): Promise<void> {
    await this.#emptyQueue();
    if (this.#server.server instanceof HttpServer) NetServer.prototype.close.call(this.#server.server);
  }

  /** Whoever is in the kernel's queue already counts as connected and would be reset: they are let in first. */
  async #emptyQueue(): Promise<void> {
    let quiet = 0;
    for (let turn = 0; turn < MAX_QUEUE_TURNS && quiet < QUIET_TURNS; turn++) {
      const before = this.#accepted;
      await new Promise((resolve) => setImmediate(resolve));
      quiet = this.#accepted === before ? quiet + 1 : 0;
    }
  }

  async #untilEmpty(end: number): Promise<void> {
    for (;;) {
      const now = performance.now();
      this.#closeIdle(now);
      // Requests over HTTP/2 are on connections that are drained beside these.
      if ((this.#connections.size === 0 && this.#unanswered.size === 0) || now >= end) return;
      await delay(Math.min(LOOK_EVERY_MS, Math.max(1, end - now)));
    }
  }

  #closeIdle(now: number): void {
    for (const [socket, { open, quietSince, bytesThen }] of this.#connections) {
      const arriving = socket.bytesRead > bytesThen;
      if (open === 0 && !arriving && now - quietSince >= IDLE_MS) socket.destroySoon();
    }
  }

  #tellTheUnanswered(): void {
    if (this.#unanswered.size === 0) return;
    this.#logger.warn({ requests: this.#unanswered.size, ...this.#config }, 'requests in flight are cut off');
    for (const reply of this.#unanswered) {
      if (reply.raw.headersSent) continue;
      const { id, headers, raw } = reply.request;
      const error = new MarqueeError('DEADLINE_EXCEEDED', 'not finished when the gateway stopped');
      reply.hijack();
      reply.raw.writeHead(504, {
        'content-type': errorMediaType(headers.accept),
        'cache-control': 'no-store',
        'x-request-id': id,
        ...(raw.httpVersionMajor > 1 ? {} : { connection: 'close' }),
      });
      reply.raw.end(JSON.stringify(httpErrorBody(error.code, error.publicMessage, id)));
    }
  }
}
