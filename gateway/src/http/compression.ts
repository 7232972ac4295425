/**
 * Answers made smaller for clients that can read them so: brotli or gzip, in the threads of libuv, at qualities that
 * cost little (a home page of 190 KB becomes some 20 KB in a few milliseconds). Answers that come in parts are sent as they
 * are: what is deferred must not wait for the end of a block.
 */
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';

export const COMPRESSION_VARIABLES = {
  /** `off` where something in front does it. */
  MARQUEE_COMPRESSION: z.enum(['on', 'off']).default('on'),
};

/** Below it an answer fits into a packet or two as it is. */
const MIN_CHARACTERS = 1_400;
/** Longer headers are not read. */
const MAX_HEADER = 1_024;

const brotli = promisify(brotliCompress);
const gzipped = promisify(gzip);

type Encoding = 'br' | 'gzip';

const COMPRESS: Readonly<Record<Encoding, (text: string) => Promise<Buffer>>> = {
  br: (text) =>
    brotli(text, {
      params: {
        [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
        [constants.BROTLI_PARAM_QUALITY]: 4,
        [constants.BROTLI_PARAM_SIZE_HINT]: text.length,
      },
    }),
  gzip: (text) => gzipped(text, { level: 4 }),
};

/** @returns undefined where the answer is to be sent as it is. */
export function compressed(
  request: FastifyRequest,
  reply: FastifyReply,
  text: string,
): Promise<Buffer> | undefined {
  if (text.length < MIN_CHARACTERS || reply.hasHeader('content-encoding')) return undefined;
  const vary = reply.getHeader('vary');
  reply.header('vary', vary === undefined ? 'accept-encoding' : `${vary}, accept-encoding`);
  const encoding = acceptedEncoding(request.headers['accept-encoding']);
  if (encoding === undefined) return undefined;
  return COMPRESS[encoding](text).then((body) => {
    // Whoever measured the text measured something else.
    reply.header('content-encoding', encoding).removeHeader('content-length');
    return body;
  });
}

/** RFC 9110, section 12.5.3. Brotli, where both are liked as much. */
export function acceptedEncoding(header: string | string[] | undefined): Encoding | undefined {
  const text = Array.isArray(header) ? header.join(',') : header;
  if (text === undefined || text.length > MAX_HEADER) return undefined;
  const qualities = new Map(
    text
      .toLowerCase()
      .split(',')
      .map((range) => {
        const [name = '', ...parameters] = range.split(';').map((part) => part.trim());
        const quality = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1);
        return [name, quality >= 0 && quality <= 1 ? quality : 0] as const;
      }),
  );
  const qualityOf = (encoding: Encoding): number => qualities.get(encoding) ?? qualities.get('*') ?? 0;
  const best: Encoding = qualityOf('gzip') > qualityOf('br') ? 'gzip' : 'br';
  return qualityOf(best) > 0 ? best : undefined;
}
