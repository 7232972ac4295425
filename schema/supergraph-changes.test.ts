import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { composeSupergraph } from './composition.ts';
import { supergraphChanges } from './supergraph-changes.ts';

const SDL = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [
    "@key", "@tag", "@inaccessible", "@authenticated", "@requiresScopes", "@cost", "@listSize", "@composeDirective"])
    @link(url: "https://marquee.example/specs/cacheControl/v1.0", import: ["@cacheControl"])
    @composeDirective(name: "@cacheControl")
  directive @cacheControl(maxAge: Int, scope: cacheControl__Scope, inheritMaxAge: Boolean) on FIELD_DEFINITION | OBJECT | INTERFACE | UNION
  enum cacheControl__Scope { PUBLIC PRIVATE }
  type Query { titles(first: Int = 5): [Title!]! @listSize(slicingArguments: ["first"])  me: Me  node: Node }
  interface Node { id: ID! }
  type Me implements Node { id: ID! }
  type Title implements Node @tag(name: "partner") @cacheControl(maxAge: 60) {
    id: ID!
    name: String
    year: Int
    price: Int @requiresScopes(scopes: [["prices"]])
  }
  extend type Query { genres: [String!]! @tag(name: "partner") }
`
  .replace('titles(first', 'titles(first')
  .replace('["first"])', '["first"]) @tag(name: "partner")');

const operations = [
  ['Names', '{ titles { name } }', 'acme'],
  ['Prices', '{ titles { price } }', 'shop'],
  ['Nodes', '{ node { id } }', 'tv'],
  ['Mine', '{ me { id } }', 'tv'],
].map(([name, text, client]) => ({
  name: name!,
  document: parse(`query ${name} ${text}`),
  clients: [client!],
}));
const contracts = [{ name: 'partner', include: ['partner'], exclude: [], hideUnreachable: true }];

const supergraph = (sdl: string) => composeSupergraph([{ name: 'content', sdl }]).supergraphSdl;

function changes(from: string, to: string) {
  const after = SDL.replace(from, to);
  expect(after).not.toBe(SDL);
  return supergraphChanges(supergraph(SDL), supergraph(after), operations, contracts).map(
    ({ criticality, kind, description, operations: felt, contract }) => ({
      what: [criticality, kind, ...(contract === undefined ? [] : [contract])].join(' '),
      description,
      felt: felt.map(({ name, clients }) => `${name} of ${clients.join()}`).join(', '),
    }),
  );
}

describe('what no API schema shows', () => {
  it.each([
    [
      'a field that only those who are known may read breaks who reads it',
      ['name: String', 'name: String @authenticated'],
      ['breaking ACCESS_NARROWED', 'Title.name needs somebody who is known now.', 'Names of acme'],
    ],
    [
      'more scopes break, and so does another one',
      ['[["prices"]]', '[["prices", "admin"]]'],
      ['breaking ACCESS_NARROWED', 'Title.price needs scopes admin + prices now.', 'Prices of shop'],
    ],
    [
      'an alternative is safe',
      ['[["prices"]]', '[["prices"], ["admin"]]'],
      ['safe ACCESS_WIDENED', 'Title.price does not need scopes prices any more.', ''],
    ],
    [
      'answers that are kept longer may be older',
      ['maxAge: 60', 'maxAge: 600'],
      ['dangerous KEPT_LONGER', 'Title is kept for 600 s, not for 60 s.', 'Names of acme, Prices of shop'],
    ],
    [
      'answers that are kept shorter are safe',
      ['maxAge: 60', 'maxAge: 6'],
      ['safe KEPT_SHORTER', 'Title is kept for 6 s, not for 60 s.', ''],
    ],
    [
      'what costs more may be more than a budget',
      ['name: String', 'name: String @cost(weight: 7)'],
      [
        'dangerous OPERATION_COST_RAISED',
        'Operation Names is estimated at a cost of 40, not 5.',
        'Names of acme',
      ],
    ],
    [
      'what costs more than one operation may is refused by gateways that enforce it',
      ['name: String', 'name: String @cost(weight: 7000)'],
      [
        'breaking OPERATION_COST_RAISED',
        'Operation Names is estimated at a cost of 35005, not 5; gateways that enforce costs refuse more than 25000.',
        'Names of acme',
      ],
    ],
  ])('%s', (_, [from, to], [what, description, felt]) => {
    expect(changes(from!, to!)).toEqual([{ what, description, felt }]);
  });

  it('is found behind an interface', () => {
    const restricted = changes('type Me implements Node {', 'type Me implements Node @authenticated {');
    expect(restricted.find(({ description }) => description.startsWith('Node.id'))?.felt).toBe('Nodes of tv');
    expect(restricted.find(({ description }) => description.startsWith('Query.me'))?.felt).toBe('Mine of tv');
    expect(restricted.every(({ what }) => what.startsWith('breaking'))).toBe(true);
  });
});

describe('contract variants', () => {
  it('lose what has lost its tag, and the operations are named that their clients may run', () => {
    const untagged = changes('["first"]) @tag(name: "partner")', '["first"])');
    expect(untagged).toContainEqual({
      what: 'breaking FIELD_REMOVED partner',
      description: 'Query.titles was removed.',
      felt: 'Names of acme, Prices of shop',
    });
    expect(untagged.every(({ what }) => what.endsWith('partner'))).toBe(true);
  });

  it('that cannot be made any more are named', () => {
    const before = SDL.replace('["first"]) @tag(name: "partner")', '["first"])');
    const after = before.replace('genres: [String!]! @tag(name: "partner")', 'genres: [String!]!');
    expect(supergraphChanges(supergraph(before), supergraph(after), operations, contracts)).toMatchObject([
      { criticality: 'breaking', kind: 'CONTRACT_BROKEN', contract: 'partner' },
    ]);
  });

  it('say nothing again of what everybody notices, nor of what is hidden from them', () => {
    expect(changes('name: String', '').map(({ what }) => what)).toEqual(['breaking FIELD_REMOVED']);
    expect(changes('me: Me', '').map(({ what }) => what)).toEqual(['breaking FIELD_REMOVED']);
    expect(changes('name: String', 'name: String @inaccessible').map(({ what }) => what)).toEqual([
      'breaking FIELD_REMOVED',
    ]);
  });
});
