import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { operationCriticalities, worthOf } from './criticality.ts';
import { BROWSE, CRITICAL, type Criticality, PREFETCH } from './waiting-line.ts';

describe('criticality', () => {
  const FIELDS = new Set(['home']);
  const of = (document: string, name = '', headers = {}) =>
    worthOf(operationCriticalities(parse(document), FIELDS), name, headers).criticality;

  it.each<[string, Criticality, string?]>([
    ['{ home { slateId } }', CRITICAL],
    ['query Page { x: home { slateId } genres { id } }', CRITICAL],
    ['{ ...Root } fragment Root on Query { ... { home { slateId } } ...Root }', CRITICAL],
    ['mutation { hideTitle(input: {}) { userErrors { code } } }', CRITICAL],
    ['{ titles { nodes { id } } }', BROWSE],
    ['{ title(id: "1") { home } }', BROWSE],
    ['query A { genres { id } } query B { home { slateId } }', CRITICAL, 'B'],
    ['query A { genres { id } } query B { home { slateId } }', BROWSE, 'A'],
  ])('%s', (document, expected, name) => {
    expect(of(document, name)).toBe(expected);
  });

  it('is lowest for what is fetched ahead, and browsing for what cannot be read', () => {
    expect(of('{ home { slateId } }', '', { 'sec-purpose': 'prefetch;prerender' })).toBe(PREFETCH);
    expect(of('{ home { slateId } }', '', { purpose: 'prefetch' })).toBe(PREFETCH);
    expect(worthOf(undefined, '', {})).toEqual({ criticality: BROWSE, isMutation: false });
  });
});
