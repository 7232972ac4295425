import { describe, expect, it } from 'vitest';
import { composeSupergraph } from '../../../schema/composition.ts';
import { keepingAdvice } from '../data-source/keeping-advice.ts';
import { fetchPolicyOf } from './fetch-policy.ts';
import { graphFacts } from './graph-facts.ts';

const LINK = `
  extend schema
    @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@composeDirective", "@inaccessible"])
    @link(url: "https://marquee.example/specs/cacheControl/v1.0", import: ["@cacheControl"])
    @composeDirective(name: "@cacheControl")
  directive @cacheControl(maxAge: Int, scope: cacheControl__Scope, inheritMaxAge: Boolean) on FIELD_DEFINITION | OBJECT | INTERFACE | UNION
  enum cacheControl__Scope { PUBLIC PRIVATE }`;
const { supergraphSdl } = composeSupergraph([
  {
    name: 'content',
    sdl: `${LINK}
      type Query {
        genres: [Genre!]! @cacheControl(maxAge: 3600, scope: PUBLIC)
        titles: [Title!]! @cacheControl(maxAge: 60)
        ids: [Title!]! @cacheControl(maxAge: 60, scope: PUBLIC)
        me: Profile @cacheControl(maxAge: 20, scope: PRIVATE)
        count: Int
        things: [Thing!]! @cacheControl(maxAge: 90, scope: PUBLIC)
        secret: Int @inaccessible @cacheControl(maxAge: 10, scope: PUBLIC)
      }
      type Genre { id: ID! name: String! }
      type Title @key(fields: "id") @cacheControl(maxAge: 300, scope: PUBLIC) {
        id: ID!
        name: String!
        price: Int @cacheControl(maxAge: 5)
        mine: Int @cacheControl(scope: PRIVATE)
        people: [Person!]!
        genre: Genre! @cacheControl(inheritMaxAge: true)
      }
      type Person @key(fields: "id") { id: ID! name: String! }
      type Profile { id: ID! }
      interface Thing { name: String! }
      type Lamp implements Thing @cacheControl(maxAge: 40) { name: String! }
      type Bell implements Thing { name: String! @cacheControl(maxAge: 50, scope: PRIVATE) }`,
  },
]);
const facts = graphFacts(supergraphSdl);
const policy = (query: string) => fetchPolicyOf(query, facts);
const entities = (selection: string) =>
  `query A__content__0($representations: [_Any!]!) { _entities(representations: $representations) { ${selection} } }`;

describe('a fetch is kept as long as the strictest part of it allows', () => {
  it.each([
    ['a root for everybody', '{ genres { id name } }', 3600, 'everybody'],
    ['the shorter of two', '{ genres { id } ids { id } }', 60, 'everybody'],
    ['a root of which it is not said for whom', '{ titles { name } genres { id } }', 60, 'audience'],
    ['something private', '{ genres { id } me { id } }', 20, 'viewer'],
    ['something private inside', '{ ids { mine } }', 60, 'viewer'],
    ['what clients do not see', '{ secret }', 10, 'everybody'],
    ['any type behind an interface', '{ things { __typename } }', 40, 'everybody'],
    ['any field behind an interface', '{ things { name } }', 40, 'viewer'],
    ['entities by what their type says', entities('... on Title { name genre { name } }'), 300, 'everybody'],
    ['a field of an entity that says less', entities('... on Title { price }'), 5, 'everybody'],
    ['a private field of an entity', entities('... on Title { mine }'), 300, 'viewer'],
  ] as const)('%s', (_what, query, maxAgeSeconds, reach) => {
    expect(policy(query)).toMatchObject({ maxAgeSeconds, reach });
  });

  it.each([
    ['a root that says nothing', '{ count }'],
    ['an object of which nothing is said', '{ ids { people { id } } }'],
    ['an entity whose type says nothing', entities('... on Person { name }')],
    ['one of two entity types that says nothing', entities('... on Title { name } ... on Person { name }')],
    ['a field nobody knows', '{ genres { id } unknown }'],
    ['mutations', 'mutation { titles { id } }'],
    ['subscriptions', 'subscription { titles { id } }'],
  ])('and not at all with %s', (_what, query) => {
    expect(policy(query)).toBeUndefined();
  });

  it('and never without hints', () => {
    expect(fetchPolicyOf('{ a }', graphFacts('type Query { a: Int }'))).toBeUndefined();
  });

  it('depends on entities ceasing to exist, and on their changes where it tells of them', () => {
    expect(policy('{ ids { id __typename } }')?.subjects).toEqual(['everything', 'removals of Title']);
    expect(policy('{ ids { id name } }')?.subjects).toEqual([
      'changes of Title',
      'everything',
      'removals of Title',
    ]);
    expect(policy('{ genres { name } }')?.subjects).toEqual(['everything']);
  });

  it('is the same whatever a client calls the operation', () => {
    expect(policy('query One { genres { id } }')?.operation).toBe(policy('{genres{id}}')?.operation);
  });
});

describe('what a subgraph says of keeping its answer', () => {
  it.each([
    ['no-store', { doNotKeep: true }],
    ['No-Cache', { doNotKeep: true }],
    ['private, max-age=30', { isPrivate: true, maxAgeSeconds: 30 }],
    ['max-age=30, s-maxage=5', { maxAgeSeconds: 5 }],
    ['max-age="7"', { maxAgeSeconds: 7 }],
    ['max-age=much', { maxAgeSeconds: 0 }],
    ['max-age=-1', { maxAgeSeconds: 0 }],
    ['public', {}],
  ])('%s', (header, expected) => {
    expect(keepingAdvice({ 'cache-control': header })).toEqual(expected);
  });

  it('an answer that has been under way for a while lives that much shorter', () => {
    expect(keepingAdvice({ 'cache-control': 'max-age=30', age: '12' })).toEqual({ maxAgeSeconds: 18 });
    expect(keepingAdvice({ 'cache-control': 'max-age=30', age: '99' })).toEqual({ maxAgeSeconds: 0 });
  });

  it('a mutation that changed nothing says so', () => {
    expect(keepingAdvice({ 'x-marquee-changed': 'nothing' })).toEqual({ changedNothing: true });
    expect(keepingAdvice({ 'x-marquee-changed': 'much' })).toEqual({});
  });
});
