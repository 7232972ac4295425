import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseManifest } from './manifest.ts';

const body = 'query Titles { titles { id } }';
const md5 = 'c9f0f895fb98ab9159f51fd0297e236d';

describe('manifests', () => {
  it.each([
    [
      'apollo',
      {
        format: 'apollo-persisted-query-manifest',
        version: 1,
        operations: [{ id: 'a1', name: 'Titles', type: 'query', body }],
      },
      'a1',
    ],
    ['relay', { [md5]: body }, md5],
    ['relay', [[md5, body]], md5],
    ['plain', { titles: body }, 'titles'],
  ])('in the format %s are read', (format, manifest, id) => {
    const read = parseManifest(JSON.stringify(manifest));
    expect(read.format).toBe(format);
    expect(read.operations).toMatchObject([{ id, name: 'Titles', text: body }]);
  });

  it.each([
    ['no JSON', '{"a":', /not JSON/],
    ['a number', '7', /neither an object nor a list/],
    ['an unknown format', '{"format":"hive","operations":[]}', /the format "hive" is unknown/],
    [
      'an unknown version',
      '{"format":"apollo-persisted-query-manifest","version":2,"operations":[]}',
      /version 2 is unknown/,
    ],
    ['a document that does not parse', '{"a":"query {\\n  id("}', /"a": a does not parse: line 2/],
    ['fragments alone', '{"a":"fragment F on Title { id }"}', /a holds no operation/],
    [
      'a document that no gateway reads',
      `{"a":"{${'a '.repeat(1_000_001)}}"}`,
      /"a": a does not parse: .*1000000 tokens/s,
    ],
    ['more than anybody reads', ' '.repeat(32 * 1024 * 1024 + 1), /it has 33554433 characters/],
    ['an id with a space', '{"a b":"{ id }"}', /the id must be/],
    ['an id for two documents', '[["a","{ id }"],["a","{ name }"]]', /\[1\]: the id a stands for two/],
    ['a pair that is none', '["a"]', /\[0\]: the id must be/],
    [
      'another name than the document has',
      JSON.stringify({
        format: 'apollo-persisted-query-manifest',
        version: 1,
        operations: [{ id: 'a', name: 'Home', body }],
      }),
      /a is called Home and holds the operation Titles/,
    ],
  ])('with %s are refused in words that say where', (_what, text, message) => {
    expect(() => parseManifest(text)).toThrow(message);
  });

  it('name all that is wrong, as far as anybody reads', () => {
    const manifest = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`id${index}`, '{']));
    expect(() => parseManifest(JSON.stringify(manifest))).toThrow(/id0 .*id19 .*and 10 more/s);
  });

  it('of any JSON are either read or refused with a code', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        try {
          for (const { id, text: document } of parseManifest(text).operations) {
            expect(id.length * document.length).toBeGreaterThan(0);
          }
        } catch (error) {
          expect(error).toMatchObject({ code: 'BAD_USER_INPUT' });
        }
      }),
    );
  });
});
