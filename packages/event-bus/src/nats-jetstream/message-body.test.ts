import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { headers } from 'nats';
import { describe, expect, it } from 'vitest';
import { decodeBody, ENCODING_HEADER, encodeBody } from './message-body.ts';

function readBack(json: string): string {
  const { data, encoding } = encodeBody(json);
  const head = headers();
  if (encoding !== undefined) head.set(ENCODING_HEADER, encoding);
  return decodeBody(typeof data === 'string' ? new TextEncoder().encode(data) : data, head);
}

function marked(encoding: string) {
  const head = headers();
  head.set(ENCODING_HEADER, encoding);
  return head;
}

describe('the body of an event message', () => {
  it('comes back as it was, short or long', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 4_000 }), (part, times) => {
        const json = JSON.stringify(part.repeat(times));
        expect(readBack(json)).toBe(json);
      }),
      { numRuns: 50 },
    );
  });

  it('is compressed when it is long, and left as text for every reader when it is short', () => {
    expect(encodeBody('{"type":"PLAY_STOP"}')).toEqual({ data: '{"type":"PLAY_STOP"}' });
    const { data, encoding } = encodeBody(JSON.stringify({ rows: 'for-you '.repeat(5_000) }));
    expect(encoding).toBe('zstd');
    expect(data.length).toBeLessThan(1_000);
  });

  it('is refused when the encoding is not known, the data is none, or it would fill the memory', () => {
    expect(() => decodeBody(new Uint8Array(3), marked('br'))).toThrow(
      'the encoding br is not known here, only zstd',
    );
    expect(() => decodeBody(new TextEncoder().encode('{}'), marked('zstd'))).toThrow();
    const bomb = zstdCompressSync(Buffer.alloc(64 * 1_024 * 1_024));
    expect(() => decodeBody(bomb, marked('zstd'))).toThrow();
  });
});
