import { request as httpRequest } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gatewayOver, smallGraph } from '../../test/small-graph/small-graph.ts';
import type { Gateway } from '../index.ts';
import { acceptedEncoding } from './compression.ts';

const LONG = `{ ${Array.from({ length: 15 }, (_, each) => `a${each}: titles(first: 3) { name inMyList }`).join(' ')} }`;

describe('answers', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = gatewayOver(smallGraph());
    await gateway.start();
  });
  afterAll(() => gateway.stop());

  /** Undici would decode it. */
  function ask(query: string, headers: Record<string, string> = {}) {
    return new Promise<{ headers: Record<string, unknown>; body: Buffer }>((resolve, reject) => {
      const sent = httpRequest(
        `${gateway.url()}/graphql`,
        { method: 'POST', headers: { 'content-type': 'application/json', ...headers } },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(chunks) }));
        },
      );
      sent.on('error', reject);
      sent.end(JSON.stringify({ query }));
    });
  }

  it.each([
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
  ])('are the same in %s, smaller, and told apart by whoever keeps them', async (encoding, decode) => {
    const plain = await ask(LONG);
    const packed = await ask(LONG, { 'accept-encoding': encoding });
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(packed.headers['content-encoding']).toBe(encoding);
    expect(decode(packed.body).equals(plain.body)).toBe(true);
    expect(packed.body.length * 4).toBeLessThan(plain.body.length);
    expect(Number(packed.headers['content-length'])).toBe(packed.body.length);
    for (const { headers } of [plain, packed]) expect(headers.vary).toMatch(/accept-encoding/i);
  });

  it('that are short, or come in parts, are sent as they are', async () => {
    const short = await ask('{ me }', { 'accept-encoding': 'gzip' });
    expect(short.headers['content-encoding']).toBeUndefined();
    const parts = await ask('{ titles(first: 3) { ... @defer { name inMyList } } }', {
      'accept-encoding': 'gzip',
      accept: 'multipart/mixed;incrementalSpec=v0.2',
    });
    expect(parts.headers['content-type']).toContain('multipart/mixed');
    expect(parts.headers['content-encoding']).toBeUndefined();
  });

  it.each([
    [undefined, undefined],
    ['', undefined],
    ['identity', undefined],
    ['gzip, deflate, br', 'br'],
    ['br;q=0.5, gzip;q=0.8', 'gzip'],
    ['br;q=0, gzip;q=0', undefined],
    ['*', 'br'],
    ['*;q=0.1, gzip;q=0.5', 'gzip'],
    ['br;q=nonsense', undefined],
  ])('to a client that accepts %j are in %j', (header, encoding) => {
    expect(acceptedEncoding(header)).toBe(encoding);
  });
});
