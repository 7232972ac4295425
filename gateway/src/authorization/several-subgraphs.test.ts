/** Rules of one type that stand in several subgraphs: all of them hold, wherever a client comes from. */
import { buildSubgraphSchema } from '@apollo/subgraph';
import { createSubgraphExecutor, type SubgraphExecutor } from '@marquee/service-kit/subgraph';
import { parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { composeSupergraph } from '../../../schema/composition.ts';
import type { Gateway } from '../index.ts';
import { authorizationSchema } from './authorization-options.ts';
import { askAs, guardedGateway } from './test/guarded-graph.ts';

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key" "@shareable"
  "@interfaceObject" "@authenticated" "@requiresScopes"])`;
const resolveType = { __resolveType: ({ __typename }: { __typename: string }) => __typename };
const image = { __typename: 'Image', id: 'i1', url: 'image.png', width: 3, secret: 'of an image' };
const note = { __typename: 'Note', id: 'n1', url: 'note.txt', text: 'hello', secret: 'of a note' };
const all = [image, note];
const found = ({ id }: { id: string }) => all.find((each) => each.id === id);

const subgraphs: Record<string, { sdl: string; resolvers: object }> = {
  files: {
    sdl: `${LINK}
      type Query { files: [File!]! found: [Found!]! latest: Image shared: Shared @shareable }
      interface File @key(fields: "id") { id: ID! url: String }
      type Image implements File @key(fields: "id") {
        id: ID! url: String @requiresScopes(scopes: [["files"]]) width: Int @authenticated
      }
      type Note implements File @key(fields: "id") { id: ID! url: String text: String @shareable }
      union Found = Image | Note
      type Shared { both: String @shareable @requiresScopes(scopes: [["a"]]) }`,
    resolvers: {
      Query: { files: () => all, found: () => all, latest: () => image, shared: () => ({ both: 'both' }) },
      File: { ...resolveType, __resolveReference: found },
      Image: { __resolveReference: found },
      Note: { __resolveReference: found },
      Found: resolveType,
    },
  },
  vault: {
    sdl: `${LINK}
      type Query { shared: Shared @shareable }
      type File @interfaceObject @key(fields: "id") {
        id: ID! secret: String @requiresScopes(scopes: [["vault"]]) size: Int
      }
      type Shared { both: String @shareable @requiresScopes(scopes: [["b"]]) }`,
    resolvers: {
      Query: { shared: () => ({ both: 'both' }) },
      File: {
        __resolveReference: ({ id }: { id: string }) => ({ ...found({ id }), __typename: 'File', size: 7 }),
      },
    },
  },
  notes: {
    sdl: `${LINK}
      type Query { note: Note }
      type Note @key(fields: "id") { id: ID! text: String @shareable @requiresScopes(scopes: [["notes"]]) }`,
    resolvers: { Query: { note: () => note }, Note: { __resolveReference: found } },
  },
};

describe('rules in several subgraphs', () => {
  const asked: string[] = [];
  let gateway: Gateway;
  beforeAll(async () => {
    const executors = Object.fromEntries(
      Object.entries(subgraphs).map(([name, { sdl, resolvers }]): [string, SubgraphExecutor] => {
        const schema = buildSubgraphSchema([{ typeDefs: parse(sdl), resolvers: resolvers as never }]);
        const execute = createSubgraphExecutor({ schema, createContext: () => ({}) });
        return [
          name,
          (request) => {
            asked.push(request.query);
            return execute(request);
          },
        ];
      }),
    );
    const { supergraphSdl } = composeSupergraph(
      Object.entries(subgraphs).map(([name, { sdl }]) => ({ name, sdl })),
    );
    gateway = guardedGateway(
      { supergraphSdl, executors, asked, renamed: [] },
      { authorization: { options: authorizationSchema.parse({}) } },
    );
    await gateway.start();
  });
  afterAll(() => gateway.stop());

  it.each<[string, string | undefined, string, unknown, string[], string[]?]>([
    [
      'of both where a field is shared',
      'a',
      '{ shared { both } }',
      { shared: { both: null } },
      ['shared/both'],
      ['both'],
    ],
    ['of both, met', 'a b', '{ shared { both } }', { shared: { both: 'both' } }, []],
    [
      'of another subgraph, for who comes from this one',
      '',
      '{ found { ... on Note { text } } }',
      { found: [{}, { text: null }] },
      ['found/@/text'],
      ['text'],
    ],
    [
      'of another one, met, under an alias',
      'notes',
      '{ found { ...N } } fragment N on Note { a: text }',
      { found: [{}, { a: 'hello' }] },
      [],
    ],
    [
      'of an object that stands for an interface',
      '',
      '{ files { id secret size } }',
      {
        files: [
          { id: 'i1', secret: null, size: 7 },
          { id: 'n1', secret: null, size: 7 },
        ],
      },
      ['files/@/secret'],
      ['secret'],
    ],
    [
      'of it on one implementation, through a fragment',
      undefined,
      '{ files { ... on Note { secret url } } }',
      { files: [{}, { secret: null, url: 'note.txt' }] },
      ['files/@/secret'],
      ['secret'],
    ],
    [
      'of it on a member of a union',
      'vault',
      '{ found { ... on Image { secret } ... on Note { b: secret } } }',
      { found: [{ secret: 'of an image' }, { b: 'of a note' }] },
      [],
    ],
    [
      'of it on an object',
      '',
      '{ latest { secret width } }',
      { latest: { secret: null, width: 3 } },
      ['latest/secret'],
      ['secret'],
    ],
    [
      'of one implementation, for the interface',
      '',
      '{ files { url } }',
      { files: [{ url: null }, { url: null }] },
      ['files/@/url'],
      ['url'],
    ],
    [
      'of one implementation alone, for the others',
      '',
      '{ files { ... on Note { url } ... on Image { url width } } }',
      { files: [{ url: null, width: 3 }, { url: 'note.txt' }] },
      ['files/@/url'],
    ],
  ])('hold: those %s', async (_, scope, query, data, paths, never = []) => {
    asked.length = 0;
    const { body } = await askAs(gateway, scope, query);
    expect(body.data).toEqual(data);
    expect((body.errors ?? []).map(({ path }) => path?.join('/'))).toEqual(paths);
    for (const word of never) expect(asked.join(' ')).not.toMatch(new RegExp(`\\b${word}\\b`));
  });
});
