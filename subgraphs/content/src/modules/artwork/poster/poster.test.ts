import { createRandom, hash32 } from '@marquee/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contrast } from './colour.ts';
import { MOTIFS } from './motifs/index.ts';
import { PALETTES } from './palettes.ts';
import { dominantColour, drawPoster, POSTER_EDITION, type PosterSubject } from './poster.ts';

const SIZE = { width: 400, height: 600 };
const subject = (change: Partial<PosterSubject> = {}): PosterSubject => ({
  id: 't_1',
  name: 'The Third Man',
  year: 1949,
  series: false,
  genres: ['Thriller'],
  ...change,
});

const subjects: fc.Arbitrary<PosterSubject> = fc.record({
  id: fc.string({ minLength: 1 }),
  name: fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 120 }),
    fc.stringMatching(/^[<>&"' a-z]{1,60}$/),
  ),
  year: fc.option(fc.integer({ min: 1900, max: 2030 }), { nil: undefined }),
  series: fc.boolean(),
  genres: fc.array(
    fc.constantFrom(
      'Drama',
      'Sci-Fi',
      'Horror',
      'Children',
      'War',
      'Action & <Sport>',
      'Film-Noir',
      'Romance',
      'Fantasy',
      'Other',
    ),
    { maxLength: 4 },
  ),
});

describe('a poster', () => {
  it('follows from the title alone', () => {
    expect(drawPoster(subject(), SIZE)).toBe(drawPoster(subject(), SIZE));
    expect(drawPoster(subject(), SIZE)).not.toBe(drawPoster(subject({ id: 't_2' }), SIZE));
  });

  it('changes only together with its edition, because pictures are cached for ever', () => {
    // When this fails: raise POSTER_EDITION, then put the new numbers here.
    const palette = PALETTES.warm[0]!;
    const motifs = Object.values(MOTIFS).map((motif) => motif({ palette, random: createRandom(7) }));
    // Enough titles for every layout and for single and several genres.
    const posters = Array.from({ length: 40 }, (_, i) =>
      drawPoster(subject({ id: `t_${i}`, genres: ['Drama', 'Comedy', 'War'].slice(i % 3) }), SIZE),
    );
    expect([POSTER_EDITION, hash32([...motifs, ...posters].join(''))]).toEqual([1, 229456580]);
  });

  it('is well-formed XML without scripts or addresses, whatever the title is called', () => {
    fc.assert(
      fc.property(subjects, (any) => {
        const svg = drawPoster(any, SIZE);
        expectWellFormed(svg);
        expect(svg).not.toMatch(/NaN|Infinity|undefined|<script|href/);
      }),
      { numRuns: 200 },
    );
  });

  it('has variants that look different, and a first one that is drawn as if there were none', () => {
    const drawn = Array.from({ length: 60 }, (_, i) =>
      [undefined, 1, 2].map((variant) => {
        const change = { id: `t_${i}`, ...(variant !== undefined && { variant }) };
        return drawPoster(subject(change), SIZE);
      }),
    );
    for (const variants of drawn) expect(new Set(variants).size).toBe(3);
  });

  it('has a dominant colour that is drawn in it', () => {
    fc.assert(
      fc.property(subjects, (any) => {
        expect(drawPoster(any, SIZE)).toContain(`fill="${dominantColour(any)}"`);
      }),
      { numRuns: 50 },
    );
  });

  it('differs between titles of one genre', () => {
    const drawn = new Set(Array.from({ length: 50 }, (_, i) => drawPoster(subject({ id: `t_${i}` }), SIZE)));
    expect(drawn.size).toBe(50);
  });
});

describe('the set', () => {
  it('is readable in every palette', () => {
    for (const palette of Object.values(PALETTES).flat()) {
      expect(contrast(palette.ink, palette.ground)).toBeGreaterThan(7);
    }
  });

  it.each(Object.entries(MOTIFS))('draws %s in every palette, for any seed, within bounds', (_, motif) => {
    for (const [seed, palette] of Object.values(PALETTES).flat().entries()) {
      const svg = motif({ palette, random: createRandom(seed) });
      expectWellFormed(`<svg>${svg}</svg>`);
      expect(svg).not.toMatch(/NaN|Infinity|undefined/);
      expect(svg.length).toBeLessThan(80_000);
    }
  });
});

const TAG = /^<(\/?)([a-zA-Z]+)((?: [a-zA-Z0-9:-]+="(?:[^"<&]|&(?:amp|lt|gt|quot|#39);)*")*)(\/?)>/;
const TEXT = /^(?:[^<>&]|&(?:amp|lt|gt|quot|#39);)+/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones that XML forbids.
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Cs}/u;

/** As strict as XML 1.0 about the part of it that posters use. */
function expectWellFormed(xml: string): void {
  expect(xml).not.toMatch(FORBIDDEN);
  const open: string[] = [];
  let rest = xml;
  while (rest !== '') {
    const tag = TAG.exec(rest);
    const token = tag ?? TEXT.exec(rest);
    if (token === null) throw new Error(`not well-formed at: ${rest.slice(0, 80)}`);
    if (tag !== null) {
      const [, closes, name, , empty] = tag as unknown as [string, string, string, string, string];
      if (closes !== '') expect(open.pop()).toBe(name);
      else if (empty === '') open.push(name);
    }
    rest = rest.slice(token[0].length);
  }
  expect(open).toEqual([]);
}
