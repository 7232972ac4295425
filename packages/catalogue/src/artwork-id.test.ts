import fc from 'fast-check';
import { expect, test } from 'vitest';
import { artworkId, parseArtworkId } from './artwork-id.ts';

test('an id of a picture is read back, whatever the title is called', () => {
  const references = fc.record({
    titleId: fc.string({ minLength: 1, maxLength: 128, unit: 'grapheme-ascii' }),
    variant: fc.integer({ min: 0, max: 7 }),
    width: fc.integer({ min: 40, max: 1_200 }),
  });
  fc.assert(
    fc.property(references, (reference) => {
      expect(parseArtworkId(artworkId(reference))).toEqual(reference);
    }),
  );
});

test.each([
  '',
  't_alien',
  '1.400.',
  '01.400.t',
  '8.400.t',
  '-1.400.t',
  '1.4e2.t',
  `1.400.${'t'.repeat(129)}`,
])('%s is none', (id) => expect(parseArtworkId(id)).toBeUndefined());
