/** Configuration of the HTTP server: what one client may take of it, and how it stops. */
import { z } from 'zod';
import { count, milliseconds } from '../number-variables.ts';

/** What one client may take of the HTTP server. Node's own defaults let a few bytes hold a socket for minutes. */
export const HTTP_VARIABLES = {
  /** From the first byte of a connection or request to the end of its headers. */
  MARQUEE_HEADERS_TIMEOUT_MS: milliseconds(10_000, 50),
  /** From the first byte of a request to the end of its body. */
  MARQUEE_REQUEST_TIMEOUT_MS: milliseconds(15_000, 50),
  /** How often the two above are looked at, so how much later a slow client is cut off at most. */
  MARQUEE_TIMEOUT_CHECK_MS: milliseconds(1_000, 10),
  /** How long nothing may move on a connection with a request: the bound for clients that do not read. */
  MARQUEE_SOCKET_TIMEOUT_MS: milliseconds(30_000, 50),
  /** From an answer that is whole to its last byte: the bound for clients that read a byte now and then. */
  MARQUEE_RESPONSE_TIMEOUT_MS: milliseconds(60_000, 50),
  /** Of all answers together that are whole and not read yet; beyond it the oldest are cut off. */
  MARQUEE_MAX_UNTAKEN_BYTES: count(134_217_728, 65_536, 17_179_869_184),
  /** Longer than the idle time of load balancers (60 s): the client must be the one that closes. */
  MARQUEE_KEEP_ALIVE_MS: milliseconds(65_000, 50),
  /** Of all headers of a request; longer ones are refused with 431. */
  MARQUEE_MAX_HEADER_BYTES: count(16_384, 1_024, 1_048_576),
  /** A batch of 500 events with tracking tokens is about 200 KB. */
  MARQUEE_MAX_BODY_BYTES: count(262_144, 1_024, 104_857_600),
  /** More are closed as soon as they are accepted. */
  MARQUEE_MAX_CONNECTIONS: count(2_000, 1, 1_000_000),
  /** After so many a connection is closed with its answer, so that load balancers spread anew. */
  MARQUEE_MAX_REQUESTS_PER_CONNECTION: count(10_000, 1, 1_000_000_000),
};

export const DRAIN_VARIABLES = {
  /**
   * How long a stopping gateway still takes new connections after `/ready` has turned false, so that whoever
   * routes to it can notice. Default 1,000 in production and 0 in development, where nobody routes.
   */
  MARQUEE_DRAIN_GRACE_MS: z.coerce.number().int().min(0).max(600_000).optional(),
  /** How long it waits after that for requests in flight. */
  MARQUEE_DRAIN_MS: milliseconds(8_000),
};

export interface HttpLimits {
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly timeoutCheckMs: number;
  readonly socketTimeoutMs: number;
  readonly responseTimeoutMs: number;
  readonly maxUntakenBytes: number;
  readonly keepAliveMs: number;
  readonly maxHeaderBytes: number;
  readonly maxBodyBytes: number;
  readonly maxConnections: number;
  readonly maxRequestsPerConnection: number;
}

export interface DrainConfig {
  /** `/ready` says no and everything else goes on. */
  readonly graceMs: number;
  /** After it, requests in flight have this long. */
  readonly boundMs: number;
}

const limitsShape = z.object(HTTP_VARIABLES);
const drainShape = z.object(DRAIN_VARIABLES);

export function httpLimits(variables: z.infer<typeof limitsShape>): HttpLimits {
  return {
    headersTimeoutMs: variables.MARQUEE_HEADERS_TIMEOUT_MS,
    requestTimeoutMs: variables.MARQUEE_REQUEST_TIMEOUT_MS,
    timeoutCheckMs: variables.MARQUEE_TIMEOUT_CHECK_MS,
    socketTimeoutMs: variables.MARQUEE_SOCKET_TIMEOUT_MS,
    responseTimeoutMs: variables.MARQUEE_RESPONSE_TIMEOUT_MS,
    maxUntakenBytes: variables.MARQUEE_MAX_UNTAKEN_BYTES,
    keepAliveMs: variables.MARQUEE_KEEP_ALIVE_MS,
    maxHeaderBytes: variables.MARQUEE_MAX_HEADER_BYTES,
    maxBodyBytes: variables.MARQUEE_MAX_BODY_BYTES,
    maxConnections: variables.MARQUEE_MAX_CONNECTIONS,
    maxRequestsPerConnection: variables.MARQUEE_MAX_REQUESTS_PER_CONNECTION,
  };
}

export function drainConfig(
  { MARQUEE_DRAIN_GRACE_MS, MARQUEE_DRAIN_MS }: z.infer<typeof drainShape>,
  mode: 'development' | 'production',
): DrainConfig {
  return {
    graceMs: MARQUEE_DRAIN_GRACE_MS ?? (mode === 'production' ? 1_000 : 0),
    boundMs: MARQUEE_DRAIN_MS,
  };
}
