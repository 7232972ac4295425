import { buildSubgraphSchema } from '@apollo/subgraph';
import { type DocumentNode, type ExecutionResult, GraphQLError, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { isMarqueeError, MarqueeError } from '../errors.ts';
import { compiled, interpreted, type OperationInput } from './compiled-operation.ts';

const typeDefs = parse(`
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
  scalar Instant
  enum Kind { FILM SERIES }
  input Window { from: Int! = 3 to: Int kinds: [Kind!] }
  type Query {
    echo(text: String, window: Window, kind: Kind = FILM, at: Instant, count: Int = 7): String!
    list(size: Int!): [Item]
    strict(size: Int!): [Item!]!
    missing: Item
  }
  type Mutation { change: Int }
  type Item @key(fields: "id") { id: ID! name(upper: Boolean = false): String! late: Int strictLate: Int! parts: [Item!] kind: Kind }
`);
const item = (id: number): unknown =>
  id % 5 === 4 ? null : { id, kind: id % 3 === 2 ? 'OPERA' : 'FILM', parts: id > 2 ? [] : undefined };
const items = (size: number) => Array.from({ length: size }, (_, id) => item(id));
const schema = buildSubgraphSchema([
  {
    typeDefs,
    resolvers: {
      Query: {
        echo: (_: unknown, args: object, context: { calls: number }) =>
          `${++context.calls} ${JSON.stringify(Object.entries(args).sort())}`,
        list: async (_: unknown, { size }: { size: number }) => items(size),
        strict: (_: unknown, { size }: { size: number }) => items(size),
      },
      Mutation: { change: () => 1 },
      Item: {
        __resolveReference: ({ id }: { id: string }) => item(Number(id)),
        name({ id }: { id: number }, { upper }: { upper: boolean }) {
          if (id === 3) throw new MarqueeError('NOT_FOUND', 'item 3 has no name');
          return upper ? `ITEM ${id}` : `item ${id}`;
        },
        late: ({ id }: { id: number }) =>
          id === 1 ? Promise.reject(new Error('too late')) : Promise.resolve(id),
        strictLate: async ({ id }: { id: number }) => (id === 2 ? null : id),
      },
    },
  },
]);

const read = (text: string): DocumentNode => {
  const document = parse(text, { noLocation: true });
  expect(validate(schema, document)).toEqual([]);
  return document;
};
const input = (variableValues?: Record<string, unknown>): OperationInput => ({
  contextValue: { calls: 0 },
  variableValues,
  operationName: undefined,
});
/** What a client can see of it, and which of our errors is behind it. Errors in the order of their paths. */
const visible = ({ data, errors }: ExecutionResult) => ({
  data: JSON.parse(JSON.stringify(data ?? null)),
  errors: (errors ?? [])
    .map((error) => {
      expect(error).toBeInstanceOf(GraphQLError);
      return {
        message: error.message,
        path: error.path,
        ours: isMarqueeError(error.originalError) ? error.originalError : undefined,
      };
    })
    .sort((a, b) => String(a.path).localeCompare(String(b.path))),
});

async function expectSame(text: string, variables?: Record<string, unknown>): Promise<void> {
  const document = read(text);
  const run = compiled(schema, document);
  expect(run).toBeDefined();
  expect(visible(await run!(input(variables)))).toEqual(
    visible(await interpreted(schema, document)(input(variables))),
  );
}

describe('a compiled operation answers as graphql-js does', () => {
  const WINDOW = 'query ($w: Window, $k: Kind, $a: Instant) { echo(window: $w, kind: $k, at: $a) }';
  const ITEMS = '{ list(size: 4) { __typename id late other: name(upper: true) parts { id } } }';

  it('for lists, nulls, aliases, promises and errors in nullable places', async () => {
    await expectSame(ITEMS);
    await expectSame('{ missing { id } list(size: 7) { id kind } }');
    await expectSame('query Named($size: Int!) { list(size: $size) { id late } }', { size: 30 });
  });

  it('for null and errors in places that must not be null', async () => {
    await expectSame('{ list(size: 6) { id strictLate name } }');
    await expectSame('{ strict(size: 3) { id } }');
    await expectSame('{ strict(size: 6) { id } missing { id } }');
  });

  it('for entities, known and unknown', async () => {
    await expectSame(
      'query ($r: [_Any!]!, $u: Boolean) { _entities(representations: $r) { ... on Item { id name(upper: $u) } } }',
      { r: [0, 4, 3, 1].map((id) => ({ __typename: 'Item', id })), u: true },
    );
  });

  it('for variables given, left out, null, defaulted and wrong', async () => {
    await expectSame(WINDOW);
    await expectSame(WINDOW, { w: {}, k: null, a: '2026-01-01' });
    await expectSame(WINDOW, {
      w: { from: 1, to: null, kinds: 'SERIES' },
      k: 'SERIES',
      a: { any: ['thing'] },
    });
    await expectSame(WINDOW, { w: { from: 'x' }, k: 'OPERA' });
    await expectSame('query ($n: Int! = 2) { list(size: $n) { id } }');
    await expectSame('query ($n: Int) { echo(count: $n) }');
    await expectSame('query ($n: Int) { echo(count: $n) }', { n: null });
    await expectSame('query ($n: Int!) { list(size: $n) { id } }', {});
  });

  it('for an operation name that is not there', async () => {
    const document = read('query Here { echo }');
    const wrong = { ...input(), operationName: 'There' };
    expect(visible(await compiled(schema, document)!(wrong))).toEqual(
      visible(await interpreted(schema, document)(wrong)),
    );
  });
});

describe('what is not compiled', () => {
  it.each([
    ['text of a client', '{ echo(text: "x") }'],
    ['text in a default', 'query ($t: String = "x") { echo(text: $t) }'],
    ['text in a list or an object', '{ echo(window: { kinds: [FILM] }) }'],
    ['names as values', '{ echo(kind: FILM) }'],
    ['keys that mean something to the language', '{ __proto__: echo }'],
    ['directives', '{ echo @skip(if: false) }'],
    ['mutations', 'mutation { change }'],
    ['several operations', 'query A { echo } query B { echo }'],
  ])('%s', (_, text) => {
    expect(compiled(schema, read(text))).toBeUndefined();
  });

  it('variables that mean something else when they are read twice', () => {
    const other = buildSubgraphSchema([
      {
        typeDefs: parse('enum Size { S L } input Box { size: Size } type Query { pack(box: Box): Int }'),
        resolvers: { Size: { S: 1, L: 2 } },
      },
    ]);
    const document = parse('query ($b: Box) { pack(box: $b) }', { noLocation: true });
    expect(compiled(other, document)).toBeUndefined();
  });
});
