/**
 * HTTP/2 beside the server for HTTP/1.1: a port of its own that speaks nothing else, over TLS or, where that was said, in
 * clear text with prior knowledge. Requests take the same way through the same routes. What clients may take is bounded
 * as it is there, by streams in place of connections:
 *
 *   slow in sending   a request that is not whole in time is answered with 408
 *   slow in reading   a stream on which nothing moves is reset
 *   idle              a connection without streams is closed
 *   many              streams at once per connection, streams in its life, connections, headers; resets without end
 *                     (Node closes a session after 100 streams that it had to reject or that were cancelled unread)
 */
import {
  constants,
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type Http2ServerRequest,
  Http2ServerResponse,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type ServerOptions,
} from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type Logger, listenFailure, type Metrics } from '@marquee/service-kit';
import { type TlsFiles, tlsFiles } from '@marquee/service-kit/service';
import type { FastifyInstance } from 'fastify';
import { httpErrorBody } from '../errors/http-errors.ts';
import type { Http2Config } from './http2-variables.ts';
import { JSON_TYPE } from './negotiation.ts';
import type { DrainConfig, HttpLimits } from './variables.ts';

export interface Http2ListenerOptions {
  readonly config: Http2Config;
  readonly host: string;
  readonly limits: HttpLimits;
  readonly drain: DrainConfig;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly logger: Logger;
  readonly metrics?: Metrics | undefined;
}

const LOOK_EVERY_MS = 25;
/** For the last answers to leave, as the other server has. */
const FLUSH_MS = 500;
/** For what we have sent to arrive, and for a client to close what we have closed. */
const LINGER_MS = 1_000;
/** Megabytes that a session may hold of ours, headers and what waits to be sent. */
const SESSION_MEMORY = 10;

/** Node's own does not say that nobody is there any more; an answer over HTTP/1.1 does, and it is asked for that. */
class Response extends Http2ServerResponse {
  constructor(stream: ServerHttp2Stream) {
    super(stream);
    Object.defineProperty(this, 'destroyed', { get: () => stream.destroyed });
  }
}

export class Http2Listener {
  readonly #options: Http2ListenerOptions;
  readonly #server: Http2Server | Http2SecureServer;
  readonly #tls: TlsFiles | undefined;
  readonly #sessions = new Set<ServerHttp2Session>();

  /**
   * @param routes requests are handed to, once it is ready.
   * @throws MarqueeError CONFIG_INVALID naming the file of a certificate that cannot be used.
   */
  constructor(routes: FastifyInstance, options: Http2ListenerOptions) {
    const { config, limits, logger } = options;
    this.#options = options;
    const settings: ServerOptions = {
      settings: {
        enablePush: false,
        maxConcurrentStreams: config.maxStreamsPerConnection,
        maxHeaderListSize: limits.maxHeaderBytes,
      },
      maxSessionMemory: SESSION_MEMORY,
      Http2ServerResponse: Response as typeof Http2ServerResponse,
    };
    // Fastify asks its requests which version they are of, and its types do not.
    const handle = (request: Http2ServerRequest, response: Http2ServerResponse): void => {
      if (bytesOf(request.rawHeaders) > limits.maxHeaderBytes)
        refuse(response.stream, 431, 'Too many headers.');
      else routes.routing(request as never, response as never);
    };
    if (config.tls === undefined) {
      this.#server = createServer(settings, handle);
    } else {
      this.#tls = tlsFiles({
        ...{ paths: config.tls, name: 'http2', now: options.now, logger },
        ...(options.metrics && { metrics: options.metrics }),
      });
      const secure = createSecureServer(
        {
          ...settings,
          ...this.#tls.current,
          allowHTTP1: false,
          // Two minutes by default, of a place among the connections.
          handshakeTimeout: limits.headersTimeoutMs,
        },
        handle,
      );
      this.#tls.onChange((material) => secure.setSecureContext(material));
      this.#server = secure;
    }
    this.#server.maxConnections = limits.maxConnections;
    this.#server.on(config.tls === undefined ? 'connection' : 'secureConnection', lingersShortly);
    this.#server.on('session', (session) => this.#follow(session));
    this.#server.on('stream', (stream) => this.#bound(stream));
    this.#server.on('sessionError', (error) => logger.debug({ err: error }, 'an HTTP/2 session failed'));
  }

  /** Base address. Only while it listens. */
  url(): string {
    const { address, port, family } = this.#server.address() as AddressInfo;
    const host = family === 'IPv6' ? `[${address}]` : address;
    return `${this.#tls === undefined ? 'http' : 'https'}://${host}:${port}`;
  }

  /** @throws MarqueeError PORT_IN_USE and the like. */
  async start(): Promise<void> {
    const { config, host, logger } = this.#options;
    try {
      await new Promise<void>((resolve, reject) => {
        this.#server.once('error', reject);
        this.#server.listen({ host, port: config.port }, resolve);
      });
    } catch (error) {
      throw listenFailure(error, host, config.port);
    }
    this.#tls?.start();
    this.#server.on('error', (error) => logger.warn({ err: error }, 'the HTTP/2 listener failed'));
    logger.info({ url: this.url(), encrypted: this.#tls !== undefined }, 'listening for HTTP/2');
  }

  /**
   * After the grace no connection comes in, and every client is told which of its requests are still answered (GOAWAY):
   * it sends the others elsewhere. At the end of the bound what is left is cut off.
   */
  async drain(): Promise<void> {
    const { graceMs, boundMs } = this.#options.drain;
    if (graceMs > 0) await delay(graceMs);
    await this.#finish(boundMs + FLUSH_MS);
  }

  /** For a gateway that did not come to serve. */
  async stop(): Promise<void> {
    await this.#finish(0);
  }

  async #finish(withinMs: number): Promise<void> {
    this.#tls?.stop();
    this.#server.close();
    const end = performance.now() + withinMs;
    for (;;) {
      // Those too that come out of the kernel's queue only now.
      for (const session of this.#sessions) session.close();
      if (this.#sessions.size === 0 || performance.now() >= end) break;
      await delay(LOOK_EVERY_MS);
    }
    for (const session of this.#sessions) session.destroy();
  }

  #follow(session: ServerHttp2Session): void {
    this.#sessions.add(session);
    session.once('close', () => this.#sessions.delete(session));
    session.on('error', () => undefined);
    const { keepAliveMs, maxRequestsPerConnection } = this.#options.limits;
    // Streams have a time of their own.
    session.setTimeout(keepAliveMs, () => session.close());
    let streams = 0;
    session.on('stream', () => {
      // So that load balancers spread anew.
      if (++streams === maxRequestsPerConnection) session.close();
    });
  }

  #bound(stream: ServerHttp2Stream): void {
    const { requestTimeoutMs, socketTimeoutMs } = this.#options.limits;
    stream.on('error', () => undefined);
    stream.setTimeout(socketTimeoutMs, () => stream.close(constants.NGHTTP2_CANCEL));
    // Answered before it was whole: Node would go on reading it for nobody (RFC 9113, section 8.1).
    stream.once('finish', () => {
      if (!stream.destroyed && !isWhole(stream)) stream.close(constants.NGHTTP2_NO_ERROR);
    });
    const late = setTimeout(() => {
      if (stream.destroyed || isWhole(stream)) return;
      if (stream.headersSent) {
        stream.close(constants.NGHTTP2_CANCEL);
        return;
      }
      refuse(stream, 408, 'The request was not complete in time.');
    }, requestTimeoutMs);
    stream.once('close', () => clearTimeout(late));
  }
}

/** Once we have said that it is over, Node waits for a client to say so, too: it would keep its place by keeping silent. */
function lingersShortly(socket: Socket): void {
  socket.once('finish', () => setTimeout(() => socket.destroy(), LINGER_MS).unref());
}

/** Of a stream that is not destroyed: its request has come to its end. */
function isWhole({ state: { state } }: ServerHttp2Stream): boolean {
  return (
    state === constants.NGHTTP2_STREAM_STATE_HALF_CLOSED_REMOTE ||
    state === constants.NGHTTP2_STREAM_STATE_CLOSED
  );
}

/** What is still to come of the request is not read. */
function refuse(stream: ServerHttp2Stream, status: number, message: string): void {
  if (stream.destroyed || stream.closed) return;
  stream.respond({ ':status': status, 'content-type': JSON_TYPE, 'cache-control': 'no-store' });
  stream.end(JSON.stringify(httpErrorBody('BAD_REQUEST', message)));
  stream.close(constants.NGHTTP2_NO_ERROR);
}

/**
 * Of names and values. What the settings say binds a client once it has acknowledged them: one that does not sends as much as Node
 * takes at all.
 */
function bytesOf(rawHeaders: readonly string[]): number {
  let bytes = 0;
  for (const text of rawHeaders) bytes += text.length;
  return bytes;
}
