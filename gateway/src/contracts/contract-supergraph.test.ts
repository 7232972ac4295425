import { Supergraph } from '@apollo/federation-internals';
import { buildSchema, lexicographicSortSchema, printSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import { composeSupergraph } from '../../../schema/composition.ts';
import { contractSchema } from './contract-filter.ts';
import { contractSupergraph } from './contract-supergraph.ts';

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@requires", "@external", "@tag", "@inaccessible"])';

const { supergraphSdl } = composeSupergraph([
  {
    name: 'content',
    sdl: `${LINK}
      type Query {
        titles(filter: Filter, debug: Boolean @tag(name: "internal")): [Title!]! @tag(name: "partner")
        search: [Result!]! @tag(name: "internal")
      }
      input Filter { kind: Kind secret: String @tag(name: "internal") }
      enum Kind { MOVIE SERIES DRAFT @tag(name: "internal") }
      enum Unused { A }
      union Result = Title | Person
      type Title @key(fields: "id") {
        id: ID! @tag(name: "partner")
        name: String! @tag(name: "partner")
        cost: Int @tag(name: "internal")
        people: [Person!]!
      }
      type Person @key(fields: "id") { id: ID! name: String! }`,
  },
  {
    name: 'ratings',
    sdl: `${LINK}
      type Title @key(fields: "id") { id: ID! cost: Int @external score: Int @requires(fields: "cost") @tag(name: "partner") }
      type Mutation { rate(id: ID!): Boolean }`,
  },
]);

function api(filter: object): string {
  const sdl = contractSupergraph(supergraphSdl, contractSchema.parse({ name: 'test', ...filter }));
  return printed(sdl);
}
function printed(sdl: string): string {
  return printSchema(lexicographicSortSchema(Supergraph.build(sdl).apiSchema().toGraphQLJSSchema()));
}
const same = (sdl: string) => printSchema(lexicographicSortSchema(buildSchema(sdl)));

describe('a contract variant', () => {
  it('without tags is the whole graph, less what nobody can reach', () => {
    expect(api({ hideUnreachable: false })).toBe(printed(supergraphSdl));
    expect(api({})).not.toContain('Unused');
  });

  it('shows what is included, and of that nothing excluded', () => {
    expect(api({ include: ['partner'], exclude: ['internal'] })).toBe(
      same(`
        type Query { titles(filter: Filter): [Title!]! }
        input Filter { kind: Kind }
        enum Kind { MOVIE SERIES }
        type Title { id: ID! name: String! score: Int }`),
    );
  });

  it('shows everything but what is excluded', () => {
    const shown = api({ exclude: ['internal'] });
    expect(shown).toContain('rate(id: ID!)');
    expect(shown).toContain('people: [Person!]!');
    for (const gone of ['search', 'Result', 'debug', 'secret', 'DRAFT', 'cost'])
      expect(shown).not.toContain(gone);
  });

  it('is planned with what it hides: @requires reaches it', () => {
    const sdl = contractSupergraph(
      supergraphSdl,
      contractSchema.parse({ name: 'test', include: ['partner'], exclude: ['internal'] }),
    );
    expect(sdl).toContain('requires: "cost"');
    expect(contractSupergraph(sdl, contractSchema.parse({ name: 'again' }))).toContain('@inaccessible');
  });

  it('is made of a graph with access rules too: who enforces them is asked when it is served', () => {
    const ruled = composeSupergraph([
      {
        name: 'a',
        sdl: `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@authenticated", "@tag"])
          type Query { all: Int @tag(name: "partner") some: Int @authenticated @tag(name: "partner") none: Int }`,
      },
    ]);
    const contract = contractSchema.parse({ name: 'test', include: ['partner'] });
    const sdl = contractSupergraph(ruled.supergraphSdl, contract);
    expect(sdl).toMatch(/some: Int .*@authenticated/);
    expect(sdl).toMatch(/none: Int @inaccessible/);
  });

  it('that is no graph is refused, naming what is missing', () => {
    expect(() => api({ include: ['nothing'] })).toThrow(/the contract test makes no graph.*Query/s);
  });

  it('that shows a field of a hidden type is refused, naming both', () => {
    const broken = composeSupergraph([
      {
        name: 'a',
        sdl: `${LINK}
          type Query { titles: [Title!]! @tag(name: "partner") me: Int @tag(name: "partner") }
          type Title { id: ID! }`,
      },
    ]);
    expect(() =>
      contractSupergraph(broken.supergraphSdl, contractSchema.parse({ name: 'test', include: ['partner'] })),
    ).toThrow(/"Title" is @inaccessible but is referenced by "Query.titles"/);
  });
});
