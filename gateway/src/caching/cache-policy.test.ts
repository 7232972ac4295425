import { Supergraph } from '@apollo/federation-internals';
import { Kind, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { composeSupergraph } from '../../../schema/composition.ts';
import { readCacheHints } from './cache-hints.ts';
import { cachePolicyOf, NOT_KEPT } from './cache-policy.ts';
import { matches } from './conditional-answer.ts';

const { supergraphSdl } = composeSupergraph([
  {
    name: 'content',
    sdl: `
      extend schema
        @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@composeDirective"])
        @link(url: "https://marquee.example/specs/cacheControl/v1.0", import: ["@cacheControl"])
        @composeDirective(name: "@cacheControl")
      directive @cacheControl(maxAge: Int, scope: cacheControl__Scope, inheritMaxAge: Boolean) on FIELD_DEFINITION | OBJECT | INTERFACE | UNION
      enum cacheControl__Scope { PUBLIC PRIVATE }
      type Query {
        genres: [Genre!]! @cacheControl(maxAge: 3600)
        titles: [Title!]! @cacheControl(maxAge: 60)
        count: Int
        counted: Int @cacheControl(maxAge: 30)
        me: Profile @cacheControl(maxAge: 20, scope: PRIVATE)
        things: [Thing!]! @cacheControl(maxAge: 90)
      }
      type Genre @cacheControl(maxAge: 600) { id: ID! name: String! }
      type Title @key(fields: "id") {
        id: ID!
        name: String!
        genres: [Genre!]!
        artwork: Artwork! @cacheControl(inheritMaxAge: true)
        people: [Person!]!
        price: Int @cacheControl(maxAge: 5)
        progress: Int @cacheControl(scope: PRIVATE)
      }
      type Artwork { url: String! }
      type Person { id: ID! }
      type Profile { id: ID! }
      interface Thing { name: String! }
      type Lamp implements Thing @cacheControl(maxAge: 40) { name: String! }
      type Bell implements Thing { name: String! @cacheControl(maxAge: 50) }`,
  },
]);
const hinted = {
  schema: Supergraph.build(supergraphSdl).apiSchema().toGraphQLJSSchema(),
  hints: readCacheHints(supergraphSdl),
};

function policy(query: string) {
  const document = parse(query);
  const operation = document.definitions.find((each) => each.kind === Kind.OPERATION_DEFINITION);
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('no operation');
  return cachePolicyOf(hinted, document, operation);
}
const kept = (maxAgeSeconds: number, scope = 'PUBLIC') => ({ maxAgeSeconds, scope });

describe('an answer is kept as long as the strictest part of it allows', () => {
  it.each([
    ['a field says more than its type', '{ genres { id name } }', kept(3600)],
    ['the shorter of two roots', '{ genres { id } titles { id } }', kept(60)],
    ['a type that says how long it lives', '{ titles { genres { name } } }', kept(60)],
    ['a field that inherits', '{ titles { artwork { url } } }', kept(60)],
    ['a scalar that says less', '{ titles { price } }', kept(5)],
    ['a scalar at the root that says it', '{ counted }', kept(30)],
    ['something private', '{ titles { progress } }', kept(60, 'PRIVATE')],
    ['something private at the root', '{ me { id } genres { id } }', kept(20, 'PRIVATE')],
    ['type names cost nothing', '{ __typename titles { __typename } }', kept(60)],
    ['through fragments', '{ titles { ...F } } fragment F on Title { ... on Title { price } }', kept(5)],
    ['any type behind an interface', '{ things { __typename } }', kept(40)],
    ['any field behind an interface', '{ things { ... on Bell { name } } }', kept(40)],
  ])('%s', (_what, query, expected) => {
    expect(policy(query)).toEqual(expected);
  });

  it.each([
    ['an object nobody says anything of', '{ titles { people { id } } }'],
    ['a root scalar nobody says anything of', '{ count genres { id } }'],
    ['introspection', '{ genres { id } __schema { queryType { name } } }'],
  ])('and not at all with %s', (_what, query) => {
    expect(policy(query)).toEqual(NOT_KEPT);
  });

  it('and never without hints', () => {
    const document = parse('{ genres { id } }');
    const [operation] = document.definitions;
    if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('no operation');
    expect(
      cachePolicyOf({ ...hinted, hints: readCacheHints('type Query { a: Int }') }, document, operation),
    ).toEqual(NOT_KEPT);
  });
});

describe('If-None-Match', () => {
  it.each([
    ['W/"a"', true],
    ['"a"', true],
    ['"b", W/"a"', true],
    ['*', true],
    ['"b"', false],
    ['a', false],
    [undefined, false],
    [`"a", ${'x'.repeat(5_000)}`, false],
  ])('%s', (header, expected) => {
    expect(matches(header, 'W/"a"')).toBe(expected);
  });
});
