/** Whether, and how, clients may come over HTTP/2. */
import { booleanVariable, portVariable } from '@marquee/service-kit';
import { z } from 'zod';

export const HTTP2_VARIABLES = {
  /** A second port for HTTP/2 alone; 0 picks a free one. Absent: there is none. */
  MARQUEE_HTTP2_PORT: portVariable.optional(),
  /** PEM file of the certificate, read again when it changes. */
  MARQUEE_HTTP2_TLS_CERT: z.string().min(1).optional(),
  /** PEM file of its key. */
  MARQUEE_HTTP2_TLS_KEY: z.string().min(1).optional(),
  /** Without encryption (h2c, with prior knowledge): only behind something that ends TLS. Has to be said. */
  MARQUEE_HTTP2_CLEARTEXT: booleanVariable.default(false),
  /** Requests at once on one connection. */
  MARQUEE_HTTP2_MAX_STREAMS: z.coerce.number().int().min(1).max(10_000).default(100),
};

export interface Http2Config {
  readonly port: number;
  /** Paths. Absent: clear text. */
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly maxStreamsPerConnection: number;
}

const variables = z.object(HTTP2_VARIABLES);
type Http2Variables = Partial<z.infer<typeof variables>>;

export function http2Config(given: z.infer<typeof variables>): Http2Config | undefined {
  const { MARQUEE_HTTP2_PORT: port, MARQUEE_HTTP2_TLS_CERT: cert, MARQUEE_HTTP2_TLS_KEY: key } = given;
  if (port === undefined) return undefined;
  const tls = cert === undefined || key === undefined ? {} : { tls: { cert, key } };
  return { port, maxStreamsPerConnection: given.MARQUEE_HTTP2_MAX_STREAMS, ...tls };
}

/** Whoever sets half of it must not be served without encryption, nor without the port. */
export const http2Rule = {
  variable: 'MARQUEE_HTTP2_PORT',
  message:
    'needs either MARQUEE_HTTP2_TLS_CERT and MARQUEE_HTTP2_TLS_KEY or MARQUEE_HTTP2_CLEARTEXT=true, and they need it',
  holds(given: Http2Variables): boolean {
    const { MARQUEE_HTTP2_TLS_CERT: cert, MARQUEE_HTTP2_TLS_KEY: key } = given;
    const isClear = given.MARQUEE_HTTP2_CLEARTEXT === true;
    const parts = [cert, key].filter((path) => path !== undefined).length;
    if (given.MARQUEE_HTTP2_PORT === undefined) return parts === 0 && !isClear;
    return isClear ? parts === 0 : parts === 2;
  },
} as const;
