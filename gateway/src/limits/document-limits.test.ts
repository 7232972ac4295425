import fc from 'fast-check';
import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { brokenLimit, DEFAULT_DOCUMENT_LIMITS, measureDocument } from './document-limits.ts';

const size = (text: string) => measureDocument(parse(text));

describe('the size of a document', () => {
  it('counts depth, fields, aliases and directives with fragments followed', () => {
    expect(size('{ a { b c: d @skip(if: true) } ...F } fragment F on Query { x: a { y: b { z } } }')).toEqual(
      {
        items: 0,
        depth: 3,
        fields: 6,
        aliases: 3,
        ownFields: 2,
        directives: 1,
      },
    );
  });

  it('grows with nesting exactly as much as was nested', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200 }), (depth) => {
        const text = `{ ${'a { '.repeat(depth)}b${' }'.repeat(depth)} }`;
        expect(size(text)).toMatchObject({ depth: depth + 1, fields: depth + 1 });
      }),
    );
  });

  it('counts a fragment as often as it is spread, at any number of levels, in linear time', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), (levels) => {
        const doubling = Array.from(
          { length: levels },
          (_, i) => `fragment F${i} on T { ...F${i + 1} ...F${i + 1} }`,
        );
        const { fields } = size(`{ ...F0 } ${doubling.join(' ')} fragment F${levels} on T { a }`);
        expect(fields).toBe(2 ** levels);
      }),
    );
  });

  it('is infinite for a fragment that contains itself, used or not', () => {
    for (const use of ['{ ...A }', '{ a }']) {
      const looped = size(`${use} fragment A on T { a { ...B } } fragment B on T { b { ...A } }`);
      expect(brokenLimit(looped, DEFAULT_DOCUMENT_LIMITS)).toBeDefined();
    }
  });

  it('passes what is at the limit and refuses one more', () => {
    const limits = { ...DEFAULT_DOCUMENT_LIMITS, maxFields: 3 };
    expect(brokenLimit(size('{ a b c }'), limits)).toBeUndefined();
    expect(brokenLimit(size('{ a b c d }'), limits)).toMatch(/3 fields/);
  });
});

describe('root fields', () => {
  it('are counted through fragments, and refused above the limit', () => {
    const many = Array.from({ length: 30 }, (_, i) => `f${i}`).join(' ');
    expect(brokenLimit(size(`{ ${many} }`), DEFAULT_DOCUMENT_LIMITS)).toBeUndefined();
    const hidden = size(`{ ${many} ...F } fragment F on Query { ... on Query { one } }`);
    expect(brokenLimit(hidden, DEFAULT_DOCUMENT_LIMITS)).toMatch(/30 root fields/);
  });
});

describe('pages inside pages', () => {
  const items = (query: string): number => measureDocument(parse(query)).items;
  const nested = (levels: number): string =>
    levels === 0
      ? 'id'
      : `similar(first: 100) { items(first: 100) { nodes { title { ${nested(levels - 1)} } } } }`;

  it('multiply, through aliases and fragments too', () => {
    expect(items('{ a(first: 3) { nodes { b(first: 5) { edges { node { id } } } } } }')).toBe(3 * (1 + 5));
    expect(items('{ a(first: 3) { ...F } } fragment F on A { nodes { b(first: 5) { nodes { id } } } }')).toBe(
      18,
    );
    expect(items('{ x: a(first: 3) { nodes { id } } y: a { nodes { id } } }')).toBe(3 + 20);
    expect(items('query ($n: Int = 1) { a(first: $n) { nodes { id } } }')).toBe(100);
  });

  it('are refused before they can ask for a million titles', () => {
    expect(
      brokenLimit(
        measureDocument(parse(`{ titles(first: 100) { nodes { ${nested(2)} } } }`)),
        DEFAULT_DOCUMENT_LIMITS,
      ),
    ).toMatch(/list items/);
    expect(
      brokenLimit(measureDocument(parse(`{ title { ${nested(1)} } }`)), DEFAULT_DOCUMENT_LIMITS),
    ).toBeUndefined();
  });
});
