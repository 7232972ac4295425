/** Estimated and actual costs; the worked examples are those of Apollo Router's documentation. */
import fc from 'fast-check';
import { type OperationDefinitionNode, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { composeSupergraph } from '../../../schema/composition.ts';
import { actualCost } from './actual-cost.ts';
import { costModel } from './cost-model.ts';
import { type CostedOperation, estimatedCost } from './estimated-cost.ts';

const LINK = (imports: string) =>
  `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key" "@requires" "@external" ${imports}])`;

const SHOP = `
  type Query {
    book(id: ID): Book
    bestsellers: [Book] @listSize(assumedSize: 5)
    newestAdditions(after: ID, limit: Int!): [Book] @listSize(slicingArguments: ["limit"])
    unbounded: [Book]
    search(input: Search): [Book]
    page(first: Int = 3, last: Int): Page
      @listSize(slicingArguments: ["first", "last"], sizedFields: ["nodes"], requireOneSlicingArgument: false)
    assumed(first: Int): [Book]
      @listSize(slicingArguments: ["first"], requireOneSlicingArgument: false, assumedSize: 50)
    either(first: Int, last: Int): [Book] @listSize(slicingArguments: ["first", "last"])
    computed: Int @cost(weight: 7)
    found: [Found] @listSize(assumedSize: 2)
    shown: [Shown] @listSize(assumedSize: 3)
    within(input: Within, count: Int): [Book]
      @listSize(slicingArguments: ["count"], assumedSize: 30, requireOneSlicingArgument: false)
    weighed(by: Int @cost(weight: 4), size: Size): Book
    negative: Int @cost(weight: -9)
  }
  type Mutation { add(name: String): Book }
  type Book { title: String author: Author publisher: Publisher }
  type Author { name: String tags: [Tag] }
  type Publisher { name: String address: Address }
  type Address @cost(weight: 5) { zipCode: Int! }
  type Page { nodes: [Book!]! total: Int }
  union Found = Book | Address
  interface Shown { art: Int parts: [Book] }
  type Poster implements Shown { art: Int @cost(weight: 20) parts: [Book] @listSize(assumedSize: 4) }
  type Trailer implements Shown @cost(weight: 9) { art: Int parts: [Book] }
  input Within { page: PageOf }
  input PageOf { first: Int = 6 }
  enum Size @cost(weight: 2) { S L }
  scalar Tag @cost(weight: 3)
  input Search { text: String @cost(weight: 2) deep: Search list: [Search!] }`;

const { supergraphSdl: shop } = composeSupergraph([
  { name: 'shop', sdl: LINK('"@cost" "@listSize"') + SHOP },
]);
// Paths are others' (https://ibm.github.io/graphql-specs/cost-spec.html): Apollo's composition takes names alone.
const model = costModel(
  parse(shop.replace('slicingArguments: ["count"]', 'slicingArguments: ["input.page.first"]')),
);

function asked(text: string, variables: Record<string, unknown> = {}): CostedOperation {
  const document = parse(text);
  const operation = document.definitions.find(
    (definition): definition is OperationDefinitionNode => definition.kind === 'OperationDefinition',
  )!;
  return {
    document,
    operation,
    rootType: operation.operation === 'mutation' ? 'Mutation' : 'Query',
    variables,
  };
}
const estimate = (text: string, variables?: Record<string, unknown>) =>
  estimatedCost(model, asked(text, variables), { listSize: 100 });
const actual = (text: string, data: Record<string, unknown> | null, variables?: Record<string, unknown>) =>
  actualCost(model, asked(text, variables), data);

const BOOK = '{ title author { name } publisher { name address { zipCode } } }';
const book = { title: 't', author: { name: 'a' }, publisher: { name: 'p', address: { zipCode: 1 } } };

describe('the estimated cost', () => {
  it.each([
    [`{ book(id: 1) ${BOOK} }`, 8],
    [`{ bestsellers ${BOOK} }`, 40],
    [`{ newestAdditions(limit: 3) ${BOOK} }`, 24],
    [`{ newestAdditions(limit: 7) ${BOOK} }`, 56],
    [`{ unbounded { title } }`, 100],
    ['{ computed __typename }', 7],
    ['mutation { add(name: "x") { title } }', 11],
    ['{ book { author { tags } } }', 1 + 1 + 300],
    // 1 for each input object, 2 for each text.
    [
      '{ search(input: { text: "x" deep: { text: "y" } list: [{ text: "z" }, {}] }) { title } }',
      100 + 3 + 3 + 3 + 1,
    ],
    ['{ weighed(by: 1, size: L) { title } }', 1 + 4 + 2],
    ['{ weighed(by: null) { title } }', 1],
    // Size by a field of an input object, however it comes.
    ['{ within(input: { page: { first: 4 } }) { title } }', 4 + 2],
    ['{ within(input: { page: {} }) { title } }', 6 + 2],
    ['{ within(input: {}) { title } }', 30 + 1],
    ['{ within { title } }', 30],
    // A page is one object and has as many nodes as are asked for.
    ['{ page { nodes { title } total } }', 1 + 3],
    ['{ page(first: 20) { ...N } } fragment N on Page { nodes { title } }', 1 + 20],
    ['{ page(first: 5, last: 9) { nodes { title } } }', 1 + 9],
    ['{ page(first: -5) { nodes { title } } }', 1],
    ['{ assumed(first: 4) { title } }', 4],
    ['{ assumed { title } }', 50],
    // The most expensive of what may stand there.
    ['{ found { ... on Book { author { name } } ... on Address { zipCode } } }', 2 * (5 + 1)],
    ['{ shown { art } }', 3 * (9 + 20)],
    ['{ shown { ... on Trailer { art } } }', 3 * 9],
    ['{ shown { parts { title } } }', 3 * (9 + 4)],
    ['{ a: computed b: computed }', 14],
    ['{ computed @skip(if: true) negative }', 0],
  ])('of %s is %d', (text, cost) => {
    expect(estimate(text)).toBe(cost);
  });

  it('follows variables', () => {
    const text = `query ($n: Int!, $in: Search, $no: Boolean = false) {
      newestAdditions(limit: $n) { title } search(input: $in) @include(if: $no) { title } }`;
    expect(estimate(text, { n: 12 })).toBe(12);
    expect(estimate(text, { n: 12, no: true, in: { text: 'x', list: [{}, {}] } })).toBe(
      12 + 100 + 1 + 2 + 1 + 1,
    );
    expect(estimate(text, { n: 2_000_000_000 })).toBe(2_000_000_000);
    const within = 'query ($in: Within) { within(input: $in) { title } }';
    expect(estimate(within, { in: { page: { first: 1_000 } } })).toBe(1_000 + 2);
    const inside =
      'query ($page: PageOf, $n: Int) { a: within(input: { page: $page }) { title } b: within(input: { page: { first: $n } }) { title } }';
    expect(estimate(inside, { page: { first: 7 }, n: 8 })).toBe(7 + 2 + 8 + 2);
  });

  it('needs the one argument that bounds a list', () => {
    expect(estimate('{ either(first: 2) { title } }')).toBe(2);
    for (const text of ['{ either { title } }', '{ either(first: 1, last: 1) { title } }']) {
      expect(() => estimate(text)).toThrow(/exactly one of first, last/);
    }
  });

  it('takes the largest, or what is assumed, where nothing is to be refused for that', () => {
    const measured = (text: string) =>
      estimatedCost(model, asked(text), { listSize: 100, requiresSlices: false });
    expect(measured('{ either { title } }')).toBe(100);
    expect(measured('{ either(first: 1, last: 7) { title } }')).toBe(7);
  });

  it('knows renamed directives, and does without any', () => {
    const renamed = SHOP.replaceAll('@cost', '@weighs').replaceAll('@listSize', '@has');
    const imports = '{ name: "@cost", as: "@weighs" } { name: "@listSize", as: "@has" }';
    const { supergraphSdl } = composeSupergraph([{ name: 'shop', sdl: LINK(imports) + renamed }]);
    const other = costModel(parse(supergraphSdl));
    expect(estimatedCost(other, asked(`{ bestsellers ${BOOK} }`), { listSize: 100 })).toBe(40);
    const plain = costModel(parse('type Query { books: [Book] } type Book { name: String }'));
    expect(estimatedCost(plain, asked('{ books { name } }'), { listSize: 10 })).toBe(10);
  });

  it('counts what subgraphs need to compute a field', () => {
    const { supergraphSdl } = composeSupergraph([
      {
        name: 'a',
        sdl: `${LINK('')} type Query { item: Item } type Item @key(fields: "id") { id: ID! box: Box } type Box { size: Int }`,
      },
      {
        name: 'b',
        sdl: `${LINK('')} type Item @key(fields: "id") { id: ID! box: Box @external weight: Int @requires(fields: "box { size }") } type Box { size: Int @external }`,
      },
    ]);
    const federated = costModel(parse(supergraphSdl));
    expect(estimatedCost(federated, asked('{ item { weight } }'), { listSize: 10 })).toBe(2);
  });
});

describe('the actual cost', () => {
  it('is that of what is there', () => {
    expect(
      actual(`{ bestsellers ${BOOK} }`, { bestsellers: [book, null, { ...book, publisher: null }] }),
    ).toBe(8 + 2);
    expect(actual('{ page(first: 20) { nodes { title } } }', { page: { nodes: [{ title: 'x' }] } })).toBe(2);
    expect(actual('{ computed }', { computed: 1 })).toBe(7);
    expect(actual('{ computed }', { computed: null })).toBe(0);
    expect(actual('mutation { add { title } }', null)).toBe(10);
  });

  it('counts once what several fragments select', () => {
    const text = '{ book { ...A author { name } } b: book { title } } fragment A on Book { author { tags } }';
    const data = { book: { author: { name: 'a', tags: [1, 2] } }, b: { title: 't' } };
    expect(actual(text, data)).toBe(1 + 1 + 6 + 1);
  });

  it('weighs an object by its own type where the answer says it', () => {
    const text = '{ found { __typename ... on Address { zipCode } ... on Book { title } } }';
    expect(
      actual(text, {
        found: [
          { __typename: 'Address', zipCode: 1 },
          { __typename: 'Book', title: 't' },
        ],
      }),
    ).toBe(6);
  });

  it('is never above the estimate where sizes are kept to', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 20 }), (limit, some) => {
        const text = `{ newestAdditions(limit: ${limit}) ${BOOK} computed }`;
        const newestAdditions = Array.from({ length: Math.min(limit, some) }, () => book);
        expect(actual(text, { newestAdditions, computed: 1 })).toBeLessThanOrEqual(estimate(text));
      }),
    );
  });
});
