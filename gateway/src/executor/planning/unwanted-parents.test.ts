import { expect, it, onTestFinished } from 'vitest';
import { representations, runGraph } from '../test/running-graph.ts';

const REVIEWS = {
  reviews: `
    type Query { reviews: [Review!]! }
    union Review = ByGuest | ByMember
    type ByGuest { of: Product! rival: Product }
    type ByMember { of: Product! rival: Product }
    type Product @key(fields: "id") { id: ID! }`,
  names: 'type Product @key(fields: "id") { id: ID! name: String }',
  prices: 'type Product @key(fields: "id") { id: ID! price: Int }',
};

async function reviews() {
  const graph = await runGraph(REVIEWS, {
    reviews: () => ({
      data: {
        reviews: [
          { __typename: 'ByGuest', of: { __typename: 'Product', id: '1' } },
          { __typename: 'ByMember', of: { __typename: 'Product', id: '2' } },
        ],
      },
    }),
    names: (fetch) => ({
      data: { _entities: representations(fetch).map(({ id }) => ({ name: `Name ${id}` })) },
    }),
    // As where a subgraph does not know everything that another refers to.
    prices: (fetch) => ({
      data: { _entities: representations(fetch).map(({ id }) => (id === '2' ? { price: 20 } : null)) },
      ...(representations(fetch).some(({ id }) => id === '1') && {
        errors: [{ message: 'no price', path: ['_entities', 0] }],
      }),
    }),
  });
  onTestFinished(() => graph.stop());
  return graph;
}

it('what a client wants of an object under one type is not fetched for those under another', async () => {
  const { ask, asked } = await reviews();
  const answer = await ask('{ reviews { ... on ByGuest { of { name } } ... on ByMember { of { price } } } }');
  expect(answer).toEqual({ data: { reviews: [{ of: { name: 'Name 1' } }, { of: { price: 20 } }] } });
  const about = (subgraph: string) =>
    asked.filter((fetch) => fetch.subgraph === subgraph).flatMap((fetch) => representations(fetch));
  expect(about('names')).toEqual([{ __typename: 'Product', id: '1' }]);
  expect(about('prices')).toEqual([{ __typename: 'Product', id: '2' }]);
});

it('what a client wants under every type is fetched for all of them, in however many fragments', async () => {
  const { ask, asked } = await reviews();
  await ask('{ reviews { ... on ByMember { of { name } } ...G } } fragment G on ByGuest { of { name } }');
  expect(asked.filter(({ subgraph }) => subgraph === 'names').flatMap(representations)).toHaveLength(2);
});
