/** A null that an error is the reason of is told of once, and one that nobody explains is told of whatever else fails. */
import { afterEach, describe, expect, it } from 'vitest';
import { federated, graphOf } from '../test/both-answers.ts';
import { library } from '../test/library.world.ts';
import { type Answer, type RunningGraph, representations, runGraph } from '../test/running-graph.ts';
import { workshop } from '../test/workshop.world.ts';
import type { Faults } from '../test/world.ts';

const running: RunningGraph[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((graph) => graph.stop()));
});

const SUBGRAPHS = {
  shop: `
    type Query { products: [Product] first: Product! count: Int }
    type Product @key(fields: "id") { id: ID! maker: Maker }
    type Maker @key(fields: "id") { id: ID! }`,
  prices: `
    type Query { currency: String }
    type Product @key(fields: "id") @key(fields: "sku") { id: ID! sku: ID! price: Int! }
    type Maker @key(fields: "id") { id: ID! rebate: Int! }`,
  stock: `
    type Query { total: Int! }
    type Product @key(fields: "id") { id: ID! stock: Int! }`,
  labels: `type Product @key(fields: "sku") { sku: ID! label: String! }`,
};
const products = [1, 2].map((id) => ({
  __typename: 'Product',
  id: `${id}`,
  maker: { __typename: 'Maker', id: `m${id}` },
}));
const FAILED: Answer = () => ({ data: null, errors: [{ message: 'closed' }] });
const GONE: Answer = () => {
  throw new Error('gone');
};
/** Null in the place of whatever it is asked for, without a word. */
const NOTHING: Answer = (fetch) => ({
  data:
    fetch.variables.representations === undefined
      ? { total: null }
      : { _entities: representations(fetch).map(() => ({ stock: null })) },
});

async function told(query: string, answers: Partial<Record<keyof typeof SUBGRAPHS, Answer>>) {
  const graph = await runGraph(SUBGRAPHS, { shop: () => ({ data: { products } }), ...answers });
  running.push(graph);
  const { data, errors = [] } = await graph.ask(query);
  return { data, errors: errors.map(({ message, path }) => path?.join('.') ?? message) };
}

describe.each([
  ['answers with an error that has no place', FAILED, 'closed'],
  ['cannot be asked', GONE, 'The subgraph could not be asked.'],
])('where one subgraph %s', (_name, fails, message) => {
  it('a null of its own fields is told of by its error', async () => {
    const { data, errors } = await told('{ products { price } }', { prices: fails });
    expect(data).toEqual({ products: [null, null] });
    expect(errors).toEqual([message]);
  });

  it('a null of another one is told of beside it', async () => {
    const { data, errors } = await told('{ products { stock price } }', { prices: fails, stock: NOTHING });
    expect(data).toEqual({ products: [null, null] });
    expect(errors).toEqual([message, 'products.0.stock', 'products.1.stock']);
  });

  it('a null of another one at the root is told of beside it', async () => {
    const { data, errors } = await told('{ currency total }', { prices: fails, stock: NOTHING });
    expect(data).toBeNull();
    expect(errors).toEqual([message, 'total']);
  });

  it('nothing is told of what could not be found for want of its key', async () => {
    const { data, errors } = await told('{ products { label } }', { prices: fails });
    expect(data).toEqual({ products: [null, null] });
    expect(errors).toEqual([message]);
  });

  it('several things that it was asked for in one request have one error', async () => {
    const { data, errors } = await told('{ products { maker { rebate } price } }', { prices: fails });
    expect(data).toEqual({ products: [null, null] });
    expect(errors).toEqual([message]);
  });
});

it('a failure that cost a subgraph its whole answer is the reason of all nulls in it', async () => {
  const { data, errors } = await told('{ again: first { id } first { id } }', {
    shop: () => ({ data: null, errors: [{ message: 'closed', path: ['first', 'id'] }] }),
  });
  expect(data).toBeNull();
  expect(errors).toEqual(['first.id']);
});

it('a failure that cost an entity is the reason that nobody knows its type', async () => {
  const graph = graphOf(library);
  const operation = { text: '{ topRated { similar { ... on Film { edition } } } }', variables: {} };
  const { errors } = await federated(graph, operation, new Map([['m3.edition', 'error']]));
  expect(errors?.map(({ path }) => path)).toEqual([['topRated', 0, 'similar', 0, 'edition']]);
});

it('a failure that cost one subgraph an object that another has is the reason of what it lacks', async () => {
  const operation = {
    text: '{ makers { partner { id partner { name } parts { __typename } } } }',
    variables: {},
  };
  const faults: Faults = new Map([['k1.parts', 'error']]);
  const { errors } = await federated(graphOf(workshop), operation, faults);
  expect(errors?.map(({ path }) => path)).toEqual([['makers', 0, 'partner', 'parts']]);
});

it('a failure of a field that several subgraphs are asked for is told of once', async () => {
  const graph = await runGraph(
    {
      a: 'type Query { box: Box @shareable } type Box { width: Int @shareable height: Int }',
      b: 'type Query { box: Box @shareable } type Box { width: Int @shareable depth: Int }',
    },
    Object.fromEntries(
      ['a', 'b'].map((name): [string, Answer] => [
        name,
        () => ({ data: { box: null }, errors: [{ message: 'lost', path: ['box'] }] }),
      ]),
    ),
  );
  running.push(graph);
  const { data, errors } = await graph.ask('{ box { height depth } }');
  expect(graph.asked).toHaveLength(2);
  expect(data).toEqual({ box: null });
  expect(errors).toMatchObject([{ message: 'lost', path: ['box'] }]);
});
