import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeText, encodeText } from './text-codec.ts';

const text = fc.string({ unit: fc.constantFrom('\0', '\u0001', '\u0002', 'a', 'é'), maxLength: 8 });
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

it('any text comes back as it was, and never holds what PostgreSQL refuses on the way', () => {
  fc.assert(
    fc.property(text, (original) => {
      expect(encodeText(original)).not.toContain('\0');
      expect(decodeText(encodeText(original))).toBe(original);
    }),
  );
});

it('the stored form sorts like the text', () => {
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(compare(encodeText(a), encodeText(b))).toBe(compare(a, b));
    }),
  );
});
