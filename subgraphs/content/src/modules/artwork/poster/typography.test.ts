import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fitText, textWidth } from './typography.ts';

const BOX = { width: 512, height: 180 };

it('never sets a line wider or a text higher than its box', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'grapheme', maxLength: 300 }),
        fc.lorem({ maxCount: 40 }),
        fc.constant('W'.repeat(3_000)),
      ),
      fc.constantFrom(0, 0.02),
      (text, tracking) => {
        const { lines, fontSize, lineHeight } = fitText(text, BOX, tracking);
        for (const line of lines)
          expect(textWidth(line, tracking) * fontSize).toBeLessThanOrEqual(BOX.width + 1e-6);
        expect(lines.length * lineHeight).toBeLessThanOrEqual(BOX.height);
      },
    ),
    { numRuns: 300 },
  );
});

it('keeps every word of a name that fits', () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a-z]{1,10}$/), { minLength: 1, maxLength: 10 }), (words) => {
      expect(fitText(words.join(' '), BOX).lines.join(' ')).toBe(words.join(' '));
    }),
  );
});

it('sets short names large and long ones in even lines', () => {
  expect(fitText('Up', BOX).fontSize).toBe(112);
  const { lines } = fitText('The Assassination of Jesse James by the Coward Robert Ford', BOX);
  const widths = lines.map((line) => textWidth(line));
  expect(Math.max(...widths) / Math.min(...widths)).toBeLessThan(1.75);
});

it('breaks a word that no line can hold and cuts short what is endless', () => {
  expect(
    fitText('Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch', BOX).lines.length,
  ).toBeGreaterThan(1);
  const { lines } = fitText('endless '.repeat(200), BOX);
  expect(lines.at(-1)).toMatch(/…$/);
});
