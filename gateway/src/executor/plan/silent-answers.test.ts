import { afterEach, describe, expect, it } from 'vitest';
import { type Answer, type RunningGraph, representations, runGraph } from '../test/running-graph.ts';

const running: RunningGraph[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((graph) => graph.stop()));
});

const SHOP = `
  type Query { products: [Product] one: Product }
  type Product @key(fields: "id") { id: ID! maker: Maker }
  type Maker @key(fields: "id") { id: ID! }`;
const PRICES = `
  type Product @key(fields: "id") { id: ID! price: Int }
  type Maker @key(fields: "id") { id: ID! city: String }`;

const products = [1, 2].map((id) => ({
  __typename: 'Product',
  id: `${id}`,
  maker: { __typename: 'Maker', id: `m${id}` },
}));

async function answering(
  prices: Answer,
  shop: Answer = () => ({ data: { products } }),
): Promise<RunningGraph> {
  const graph = await runGraph({ shop: SHOP, prices: PRICES }, { shop, prices });
  running.push(graph);
  return graph;
}

const told = { code: 'DEPENDENCY_UNAVAILABLE', serviceName: 'prices' };
const BOTH = '{ products { price maker { city } } }';

describe('a subgraph that answers nothing and does not say why', () => {
  it.each([{ data: { _entities: null } }, { data: {} }, { data: null }])('is told of: %j', async (answer) => {
    const { ask } = await answering(() => answer);
    const { data, errors } = await ask('{ products { price } }');
    expect(data).toEqual({ products: [{ price: null }, { price: null }] });
    expect(errors).toMatchObject([{ extensions: told }]);
  });

  it.each([{ data: null }, { data: {} }])('is told of at its root fields: %j', async (answer) => {
    const { ask } = await answering(
      () => ({}),
      () => answer,
    );
    const { data, errors } = await ask('{ products { id } }');
    expect(data).toEqual({ products: null });
    expect(errors).toMatchObject([{ extensions: { ...told, serviceName: 'shop' } }]);
  });

  it('is not told of where nothing was left to ask for', async () => {
    const { ask } = await answering(
      () => ({}),
      () => ({ data: {} }),
    );
    const operation =
      'query ($a: Boolean!, $b: Boolean!) { products @include(if: $a) { id } one @skip(if: $b) { id } }';
    expect(await ask(operation, { a: false, b: true })).toEqual({ data: {} });
  });

  it('is told of once where it was asked for several things together', async () => {
    const { ask, asked } = await answering(() => ({ data: null }));
    const { data, errors } = await ask(BOTH);
    expect(asked).toHaveLength(2);
    expect(data).toEqual({ products: Array(2).fill({ price: null, maker: { city: null } }) });
    expect(errors).toMatchObject([{ extensions: told }]);
  });

  it('is told of where it answers one of several things', async () => {
    const { ask } = await answering((fetch) => {
      const [prices] = /entities_\d(?=[^{]*\{\.\.\.on Product)/.exec(fetch.query) ?? [];
      return {
        data: {
          [prices ?? '']: representations(fetch)
            .slice(0, 2)
            .map(() => ({ price: 5 })),
        },
      };
    });
    const { data, errors } = await ask(BOTH);
    expect(data).toEqual({ products: Array(2).fill({ price: 5, maker: { city: null } }) });
    expect(errors).toMatchObject([{ extensions: told }]);
  });

  it('is not told of beside the errors that say why', async () => {
    const { ask } = await answering(() => ({ data: null, errors: [{ message: 'closed' }] }));
    const { errors } = await ask(BOTH);
    expect(errors).toMatchObject([{ message: 'closed', extensions: { serviceName: 'prices' } }]);
    expect(errors).toHaveLength(1);
  });

  it('is not told of where it has no such entity', async () => {
    const { ask } = await answering(() => ({ data: { _entities: [null, null] } }));
    expect(await ask('{ products { price } }')).toEqual({
      data: { products: [{ price: null }, { price: null }] },
    });
  });
});
