import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Answer, AnswerReader } from './answer-reader.ts';

const MAX_BYTES = 100_000;
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Read in pieces that end where the cuts are; the memory of each piece is used again at once. */
function read(
  bytes: Buffer,
  cuts: readonly number[] = [],
  reader = new AnswerReader(MAX_BYTES),
): Answer | undefined {
  reader.expect();
  const ends = [...new Set(cuts.map((cut) => cut % bytes.length))]
    .filter((cut) => cut > 0)
    .sort((a, b) => a - b);
  const shared = Buffer.alloc(bytes.length);
  let answer: Answer | undefined;
  let at = 0;
  for (const end of [...ends, bytes.length]) {
    expect(answer, 'an answer before its end').toBeUndefined();
    const piece = shared.subarray(0, end - at);
    bytes.copy(piece, 0, at, end);
    answer = reader.read(piece);
    shared.fill(0x58);
    at = end;
  }
  return answer;
}

const text = (head: string, body = ''): Buffer =>
  Buffer.from(`${head.replaceAll('\n', '\r\n')}\r\n\r\n${body}`);
const chunked = (parts: readonly string[], trailer = ''): string =>
  [...parts.filter(Boolean), '']
    .map((part) => `${Buffer.byteLength(part).toString(16)}\r\n${part}${part === '' ? trailer : ''}\r\n`)
    .join('');

describe('an answer', () => {
  const body = fc.string({ unit: 'grapheme', maxLength: 300 });
  const cuts = fc.array(fc.nat(), { maxLength: 12 });

  it('is the same in however many pieces it comes, also where a character is cut through', () => {
    fc.assert(
      fc.property(body, cuts, (sent, where) => {
        const head = `HTTP/1.1 200 OK\nContent-Type: application/json\nContent-Length: ${Buffer.byteLength(sent)}`;
        expect(read(text(head, sent), where)).toEqual({
          status: 200,
          headers: { 'content-type': 'application/json', 'content-length': `${Buffer.byteLength(sent)}` },
          text: Buffer.from(sent).toString('utf8'),
          idleMs: Number.POSITIVE_INFINITY,
        });
      }),
    );
  });

  it('may come in chunks', () => {
    fc.assert(
      fc.property(fc.array(body, { maxLength: 5 }), cuts, (parts, where) => {
        const sent = text(
          'HTTP/1.1 200 OK\ntransfer-encoding: chunked',
          chunked(parts, 'x-checked: yes\r\n'),
        );
        expect(read(sent, where)?.text).toBe(Buffer.from(parts.join('')).toString('utf8'));
      }),
    );
  });

  it('may be announced, have no body, or end with its connection', () => {
    expect(read(text('HTTP/1.1 103 Early Hints\nlink: x\n\nHTTP/1.1 204 No Content'))).toMatchObject({
      status: 204,
      text: '',
    });
    const reader = new AnswerReader(MAX_BYTES);
    expect(read(text('HTTP/1.0 200', '{"data"'), [3, 20], reader)).toBeUndefined();
    expect(reader.read(Buffer.from(':1}'))).toBeUndefined();
    expect(reader.ended()).toMatchObject({ text: '{"data":1}', idleMs: 0 });
  });

  it.each([
    ['HTTP/1.1 200 OK\nconnection: Keep-Alive, Close', 0],
    ['HTTP/1.0 200 OK', 0],
    ['HTTP/1.0 200 OK\nconnection: keep-alive', Number.POSITIVE_INFINITY],
    ['HTTP/1.1 200 OK\nkeep-alive: timeout=5, max=100', 5_000],
  ])('says how long its connection stays: %j', (head, idleMs) => {
    expect(read(text(`${head}\ncontent-length: 0`))?.idleMs).toBe(idleMs);
  });

  it.each([
    ['two lengths', 'HTTP/1.1 200 OK\ncontent-length: 1\ncontent-length: 2', 'ab'],
    ['a length and chunks', 'HTTP/1.1 200 OK\ncontent-length: 1\ntransfer-encoding: chunked', '0\r\n\r\n'],
    ['chunks of something else', 'HTTP/1.1 200 OK\ntransfer-encoding: gzip, chunked', '0\r\n\r\n'],
    ['chunks in a version without them', 'HTTP/1.0 200 OK\ntransfer-encoding: chunked', '0\r\n\r\n'],
    ['a length that is none', 'HTTP/1.1 200 OK\ncontent-length: +1', 'a'],
    ['a chunk without a length', 'HTTP/1.1 200 OK\ntransfer-encoding: chunked', 'x\r\n'],
    ['a chunk that is longer than it says', 'HTTP/1.1 200 OK\ntransfer-encoding: chunked', '1\r\nab\r\n'],
    ['a line that ends otherwise', 'HTTP/1.1 200 OK\ntransfer-encoding: chunked', '1\na\n'],
    ['a space before a colon', 'HTTP/1.1 200 OK\ncontent-length : 1', 'a'],
    ['a folded header', 'HTTP/1.1 200 OK\nx: a\n b\ncontent-length: 1', 'a'],
    ['a head that is none', 'ICY 200 OK', ''],
    ['another protocol', 'HTTP/1.1 101 Switching Protocols', ''],
    ['news without end', Array(20).fill('HTTP/1.1 100 Continue').join('\n\n'), ''],
    ['a head without end', `HTTP/1.1 200 OK\nx: ${'y'.repeat(20_000)}`, ''],
    ['a chunk length without end', 'HTTP/1.1 200 OK\ntransfer-encoding: chunked', `1;${'y'.repeat(20_000)}`],
    [
      'lines without end behind its last chunk',
      'HTTP/1.1 200 OK\ntransfer-encoding: chunked',
      `0\r\n${'x: y\r\n'.repeat(5_000)}`,
    ],
    ['a byte order mark before it', '\ufeffHTTP/1.1 200 OK\ncontent-length: 1', 'a'],
    ['an empty line before it', '\nHTTP/1.1 200 OK\ncontent-length: 1', 'a'],
    ['a status of two digits', 'HTTP/1.1 20 OK\ncontent-length: 1', 'a'],
    ['a version that there is not', 'HTTP/1.2 200 OK\ncontent-length: 1', 'a'],
    ['a line break within its first line', 'HTTP/1.1 200 O\rK\ncontent-length: 1', 'a'],
    ['a NUL in a header', 'HTTP/1.1 200 OK\nx: a\0b\ncontent-length: 1', 'a'],
    ['the same length twice', 'HTTP/1.1 200 OK\ncontent-length: 1\ncontent-length: 1', 'a'],
    ['a length below nothing', 'HTTP/1.1 200 OK\ncontent-length: -1', 'a'],
    ['a length in words of another base', 'HTTP/1.1 200 OK\ncontent-length: 0x1', 'a'],
    ['chunks twice', 'HTTP/1.1 200 OK\ntransfer-encoding: chunked\ntransfer-encoding: chunked', '0\r\n\r\n'],
    ['a chunk of a negative length', 'HTTP/1.1 200 OK\ntransfer-encoding: chunked', '-1\r\na\r\n'],
    ['a chunk longer than numbers', 'HTTP/1.1 200 OK\ntransfer-encoding: chunked', 'fffffffff\r\na\r\n'],
    ['a body where none can be', 'HTTP/1.1 204 No Content\ncontent-length: 1', 'a'],
    ['more than may come', `HTTP/1.1 200 OK\ncontent-length: ${MAX_BYTES + 1}`, 'a'],
    [
      'more chunks than may come',
      'HTTP/1.1 200 OK\ntransfer-encoding: chunked',
      chunked(['a'.repeat(MAX_BYTES), 'a']),
    ],
    ['more than may come until the end', 'HTTP/1.0 200 OK', 'a'.repeat(MAX_BYTES + 1)],
    ['another answer behind it', 'HTTP/1.1 200 OK\ncontent-length: 1', 'aHTTP/1.1 200 OK\r\n'],
  ])('is none with %s', (_, head, sent) => {
    expect(() => read(text(head, sent))).toThrow();
  });

  it('may have chunks with extensions, which are no part of it', () => {
    const sent = text(
      'HTTP/1.1 200 OK\ntransfer-encoding: Chunked',
      '2;a=b;c="d"\r\n{"\r\n1 ; x\r\na\r\n03\r\n":1\r\n1\r\n}\r\n0;last\r\n\r\n',
    );
    expect(read(sent)?.text).toBe('{"a":1}');
  });

  it('takes no more memory in a hundred thousand chunks than in one', () => {
    const reader = new AnswerReader(1_000_000);
    reader.expect();
    reader.read(text('HTTP/1.1 200 OK\ntransfer-encoding: chunked'));
    collectGarbage();
    const before = process.memoryUsage();
    const piece = Buffer.from(chunked(Array(1_000).fill('a')).slice(0, -5));
    for (let i = 0; i < 100; i++) reader.read(piece);
    collectGarbage();
    const after = process.memoryUsage();
    expect(after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers).toBeLessThan(
      2_000_000,
    );
    expect(reader.read(Buffer.from('0\r\n\r\n'))?.text).toBe('a'.repeat(100_000));
  });

  it('never takes longer or reads beyond its end, whatever comes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 400 }), cuts, (noise, where) => {
        try {
          read(Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\n'), noise]), where);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
    );
  });
});
