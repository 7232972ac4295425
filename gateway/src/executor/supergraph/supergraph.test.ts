import { composeServices } from '@apollo/composition';
import { parse, printType } from 'graphql';
import { describe, expect, it } from 'vitest';
import { loadSupergraph } from './supergraph.ts';

const compose = (directives: string, sdl: string, version = 'v2.8'): string => {
  const link = `extend schema @link(url: "https://specs.apollo.dev/federation/${version}", import: [${directives}])`;
  const typeDefs = parse(`${link}\n${sdl}`);
  const { supergraphSdl, errors } = composeServices([{ name: 'one', url: 'inprocess://one', typeDefs }]);
  if (supergraphSdl === undefined) throw new AggregateError(errors ?? []);
  return supergraphSdl;
};

describe('a supergraph', () => {
  it('that relies on a rule nobody enforces is refused', () => {
    const sdl = compose('"@authenticated"', 'type Query { secret: Int @authenticated }');
    expect(() => loadSupergraph(sdl)).toThrow(/cannot be served: [\s\S]*authenticated/);
    const enforcedFeatures = ['https://specs.apollo.dev/authenticated/v0.1'];
    expect(loadSupergraph(sdl, { enforcedFeatures }).subgraphs).toEqual([
      { name: 'one', url: 'inprocess://one' },
    ]);
  });

  it('with tags for caches is served, and one that wants connectors is refused by name', () => {
    const tagged = compose('"@cacheTag"', 'type Query { day: Int @cacheTag(format: "day") }', 'v2.12');
    expect(loadSupergraph(tagged).apiSchema.getQueryType()?.getFields()).toHaveProperty('day');
    const connector = `extend schema @link(url: "https://specs.apollo.dev/connect/v0.1", import: ["@connect"])
      type Query { day: Int @connect(http: { GET: "http://127.0.0.1/day" }, selection: "$") }`;
    const connected = compose('"@key"', connector, 'v2.10');
    expect(() => loadSupergraph(connected)).toThrow(/cannot be served: [\s\S]*specs.apollo.dev\/connect/);
  });

  it('shows clients no arguments that come from a context', () => {
    const sdl = compose(
      '"@key" "@context" "@fromContext"',
      `type Query { user: User }
       type User @key(fields: "id") @context(name: "user") { id: ID! locale: String post: Post }
       type Post @key(fields: "id") { id: ID! body(locale: String @fromContext(field: "$user { locale }")): String }`,
    );
    expect(printType(loadSupergraph(sdl).apiSchema.getType('Post')!)).toContain('body: String');
  });

  it('shows clients the fields as they are, also where the planner knows more of them', () => {
    const sdl = compose(
      '"@key" "@external" "@requires"',
      `type Query { a: A } type A @key(fields: "id") { id: ID! b(x: Int): Int }`,
    ).replace('b(x: Int): Int', 'b(x: Int): Int c: Int @join__field(graph: ONE, requires: "b(x: 1)")');
    const { apiSchema, virtualFields } = loadSupergraph(sdl);
    expect([...virtualFields.byName.values()].map(({ name }) => name)).toEqual(['b']);
    expect(Object.keys((apiSchema.getType('A') as { getFields?(): object }).getFields?.() ?? {})).toEqual([
      'id',
      'b',
      'c',
    ]);
  });
});
