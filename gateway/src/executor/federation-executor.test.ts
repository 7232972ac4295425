import { QueryPlanner } from '@apollo/query-planner';
import { parse } from 'graphql';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Answer, representations, runGraph, supergraphOf } from './test/running-graph.ts';

const SHOP = {
  catalog: `
    enum Size { S L HUGE @inaccessible }
    type Query { products: [Product!] first: Product! broken: Int! size: Size found: [Found] slow: Int }
    type Product @key(fields: "id") { id: ID! name: String! price(currency: String): Int parts: [Product] }
    type Secret @inaccessible { name: String }
    union Found = Product | Secret`,
  stock: `
    type Query { inStock: Int }
    type Mutation { order(id: ID!): Product }
    type Product @key(fields: "id") {
      id: ID! price(currency: String): Int @external
      count: Int! euro: String @requires(fields: "price(currency: \\"EUR\\")")
      dollar: String @requires(fields: "price(currency: \\"USD\\")")
    }`,
  orders: `type Mutation { cancel(id: ID!): Int }`,
};

const products = [
  { __typename: 'Product', id: '1', name: 'One' },
  { __typename: 'Product', id: '2', name: 'Two' },
  { __typename: 'Product', id: '1', name: 'One' },
];
const counted: Answer = (fetch) => ({
  data: { _entities: representations(fetch).map(({ id }) => ({ count: Number(id) * 10 })) },
});

async function shop(answers: Record<string, Answer>) {
  const graph = await runGraph(SHOP, answers);
  onTestFinished(() => graph.stop());
  return graph;
}

describe('entities', () => {
  it('are asked about once, however often they occur', async () => {
    const { ask, asked } = await shop({ catalog: () => ({ data: { products } }), stock: counted });
    expect(await ask('{ products { id count } }')).toEqual({
      data: {
        products: [
          { id: '1', count: 10 },
          { id: '2', count: 20 },
          { id: '1', count: 10 },
        ],
      },
    });
    expect(asked.map(({ subgraph }) => subgraph)).toEqual(['catalog', 'stock']);
    expect(asked[1]!.variables).toEqual({
      representations: [
        { __typename: 'Product', id: '1' },
        { __typename: 'Product', id: '2' },
      ],
    });
  });

  it('at several places are asked about in one request', async () => {
    const { ask, asked } = await shop({
      catalog: () => ({ data: { first: products[0], products } }),
      stock: ({ variables }) => ({
        data: Object.fromEntries(
          Object.values(variables).map((sent, i) => [
            `entities_${i}`,
            (sent as { id: string }[]).map(({ id }) => ({ count: Number(id) })),
          ]),
        ),
        errors: [{ message: 'late', path: ['entities_1', 0, 'count'] }, { message: 'somewhere' }],
      }),
    });
    const { data, errors } = await ask('query Both { first { count } products { count } }');
    expect(data).toEqual({ first: { count: 1 }, products: [{ count: 1 }, { count: 2 }, { count: 1 }] });
    expect(asked).toHaveLength(2);
    expect(asked[1]!.query).toMatch(/^query Both__stock__\d\(\$representations_0:/);
    expect(errors?.map(({ path }) => path)).toEqual([
      undefined,
      ['products', 0, 'count'],
      ['products', 2, 'count'],
    ]);
  });

  it('are found by their key, whatever a client calls by the name of a key', async () => {
    const { ask, asked } = await shop({
      catalog: ({ query }) => {
        expect(query).toMatch(/id__client:name/);
        return { data: { products: products.map(({ name, ...row }) => ({ ...row, id__client: name })) } };
      },
      stock: counted,
    });
    const { data } = await ask('{ products { id: name count } }');
    expect(data).toEqual({
      products: [
        { id: 'One', count: 10 },
        { id: 'Two', count: 20 },
        { id: 'One', count: 10 },
      ],
    });
    expect(representations(asked[1]!)).toMatchObject([{ id: '1' }, { id: '2' }]);
  });

  it('that a subgraph lost count of are reported as missing', async () => {
    const { ask } = await shop({
      catalog: () => ({ data: { first: products[0] } }),
      stock: () => ({ data: { _entities: [{ count: 1 }, { count: 2 }] } }),
    });
    const { data, errors } = await ask('{ first { name count } }');
    expect(data).toBeNull();
    expect(errors).toMatchObject([{ extensions: { code: 'DEPENDENCY_UNAVAILABLE', serviceName: 'stock' } }]);
  });
});

describe('required fields with arguments', () => {
  it('are fetched with each argument, and none takes the place of another', async () => {
    const { ask, asked } = await shop({
      catalog: ({ query }) => {
        expect(query).toContain('price__required_0:price(currency:"EUR")');
        expect(query).toContain('price__required_1:price(currency:"USD")');
        expect(query).toContain('price(currency:"GBP")');
        return { data: { first: { ...products[0], price: 3, price__required_0: 2, price__required_1: 1 } } };
      },
      stock: ({ query, variables }) => ({
        data: Object.fromEntries(
          [...query.matchAll(/(\w+):_entities\(representations:\$(\w+)\)\{\.\.\.on Product\{(\w+)/g)].map(
            ([, alias, variable, field]) => [
              alias,
              (variables[variable!] as { price: number }[]).map(({ price }) => ({ [field!]: `${price}` })),
            ],
          ),
        ),
      }),
    });
    const { data, errors } = await ask('{ first { euro dollar price(currency: "GBP") } }');
    expect(errors).toBeUndefined();
    expect(data).toEqual({ first: { euro: '2', dollar: '1', price: 3 } });
    // Two questions, one request.
    expect(asked).toHaveLength(2);
    expect(representations(asked[1]!)).toEqual([
      { __typename: 'Product', id: '1', price: 2 },
      { __typename: 'Product', id: '1', price: 1 },
    ]);
  });
});

describe('what clients may not see', () => {
  it("is null and nobody's fault: hidden enum values and types", async () => {
    const { ask } = await shop({
      catalog: () => ({ data: { size: 'HUGE', found: [{ __typename: 'Secret', name: 'x' }, products[0]] } }),
    });
    const { data, errors } = await ask('{ size found { ... on Product { name } } }');
    expect(data).toEqual({ size: null, found: [null, { name: 'One' }] });
    expect(errors).toBeUndefined();
  });

  it('is not in introspection, which asks no subgraph', async () => {
    const { ask, asked } = await shop({});
    const { data } = await ask(
      'query ($name: String!) { __typename type: __type(name: $name) { ...T } __schema { queryType { name } } } fragment T on __Type { enumValues { name } }',
      { name: 'Size' },
    );
    expect(data).toEqual({
      __typename: 'Query',
      type: { enumValues: [{ name: 'S' }, { name: 'L' }] },
      __schema: { queryType: { name: 'Query' } },
    });
    expect((await ask('{ __type(name: "Secret") { name } }')).data).toEqual({ __type: null });
    expect(asked).toEqual([]);
  });
});

describe('failures', () => {
  it('cost what they must by the schema, and are told once', async () => {
    const { ask } = await shop({
      catalog: () => ({ data: { products: [products[0], { ...products[1], name: null }] } }),
    });
    const { data, errors } = await ask('{ products { name } }');
    expect(data).toEqual({ products: null });
    expect(errors).toMatchObject([
      { message: 'Cannot return null for non-nullable field Product.name.', path: ['products', 1, 'name'] },
    ]);
  });

  it('of a subgraph keep their code, place and origin', async () => {
    const { ask } = await shop({
      catalog: () => ({
        data: { broken: null, first: products[0] },
        errors: [{ message: 'no', path: ['broken'], extensions: { code: 'TEAPOT', more: 1 } }],
      }),
    });
    const { data, errors } = await ask('{ broken first { name } }');
    expect(data).toBeNull();
    expect(errors).toEqual([
      { message: 'no', path: ['broken'], extensions: { code: 'TEAPOT', more: 1, serviceName: 'catalog' } },
    ]);
  });

  it('of a data source cost its fetch and nothing else', async () => {
    const { ask } = await shop({
      catalog: () => {
        throw new Error('secret address');
      },
      stock: () => ({ data: { inStock: 3 } }),
    });
    const { data, errors } = await ask('{ size inStock }');
    expect(data).toEqual({ size: null, inStock: 3 });
    expect(errors).toMatchObject([{ message: 'The subgraph could not be asked.' }]);
  });

  it('of variables are told before anything is asked', async () => {
    const { ask, asked } = await shop({});
    const { errors } = await ask('query ($yes: Boolean!) { size @include(if: $yes) }');
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    expect(asked).toEqual([]);
  });

  it.each([
    ['a number for a name', { first: { ...products[0], name: 7 } }],
    ['an object for a list', { products: {}, first: products[0] }],
    ['a list for an object', { first: [products[0]] }],
  ])('to keep to the schema are errors: %s', async (_, data) => {
    const { ask } = await shop({ catalog: () => ({ data }) });
    const answer = await ask('{ first { name } products { id } }');
    expect(answer.errors).toHaveLength(1);
    expect(answer.errors![0]!.message).toMatch(/^Invalid/);
  });
});

describe('mutations', () => {
  it('run one after the other, across subgraphs, and go on after a failure', async () => {
    const log: string[] = [];
    const step = (name: string, data: unknown) => async () => {
      log.push(`${name} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      log.push(`${name} ends`);
      return data;
    };
    const { ask } = await shop({
      stock: ({ query, ...fetch }) =>
        query.startsWith('mutation')
          ? step('order', { data: { order: null }, errors: [{ message: 'sold', path: ['order'] }] })()
          : counted({ query, ...fetch }),
      orders: step('cancel', { data: { cancel: 1 } }),
    });
    const { data, errors } = await ask('mutation { order(id: 1) { id count } cancel(id: 2) }');
    expect(data).toEqual({ order: null, cancel: 1 });
    expect(errors).toMatchObject([{ message: 'sold', path: ['order'] }]);
    expect(log).toEqual(['order begins', 'order ends', 'cancel begins', 'cancel ends']);
  });
});

describe('plans', () => {
  it('are made once for one operation, however it is laid out', async () => {
    const planning = vi.spyOn(QueryPlanner.prototype, 'buildQueryPlan');
    onTestFinished(() => planning.mockRestore());
    const { ask } = await shop({ catalog: () => ({ data: { size: 'S' } }) });
    for (const query of ['{ size }', '{ size }', '{\n  size # of what\n}']) {
      expect(await ask(query)).toEqual({ data: { size: 'S' } });
    }
    expect(planning).toHaveBeenCalledTimes(1);
  });

  it('are there before the first request, for every way to include fields', async () => {
    const { ask, executor } = await shop({ catalog: () => ({ data: { size: 'S' } }) });
    const query = 'query ($yes: Boolean!) { size slow @include(if: $yes) }';
    expect(await executor.prepare([parse(query), parse('{ nobody }')])).toBe(1);
    const planning = vi.spyOn(QueryPlanner.prototype, 'buildQueryPlan');
    onTestFinished(() => planning.mockRestore());
    expect((await ask(query, { yes: true })).data).toEqual({ size: 'S', slow: null });
    expect((await ask(query, { yes: false })).data).toEqual({ size: 'S' });
    expect(planning).not.toHaveBeenCalled();
  });
});

describe('a new supergraph', () => {
  it('takes over with plans for what was in use; requests under way end on the old one', async () => {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const { ask, executor, stopped } = await shop({
      catalog: ({ query }) => (query.includes('slow') ? promise : { data: { size: 'S', extra: 1 } }),
    });
    await ask('{ size }');
    const underWay = ask('{ slow }');
    const { orders: _, ...others } = SHOP;
    const next = { ...others, catalog: SHOP.catalog.replace('slow: Int', 'extra: Int') };
    await executor.update(supergraphOf(next));
    const planning = vi.spyOn(QueryPlanner.prototype, 'buildQueryPlan');
    onTestFinished(() => planning.mockRestore());
    expect(await ask('{ size }')).toEqual({ data: { size: 'S' } });
    expect(planning).not.toHaveBeenCalled();
    expect(await ask('{ extra }')).toEqual({ data: { extra: 1 } });
    expect((await ask('{ slow }')).errors).toMatchObject([
      { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } },
    ]);
    expect(stopped).toEqual([]);
    resolve({ data: { slow: 5 } });
    expect(await underWay).toEqual({ data: { slow: 5 } });
    expect(stopped).toEqual(['orders']);
  });

  it('keeps its subgraphs when a request ends on an older one while it is made ready', async () => {
    const slow = Promise.withResolvers<unknown>();
    let beforeSwap = async () => undefined as unknown;
    const graph = await runGraph(
      SHOP,
      { catalog: () => slow.promise, parcels: () => ({ data: { parcels: 3 } }) },
      undefined,
      {
        beforeSwap: async () => {
          await beforeSwap();
          return undefined;
        },
      },
    );
    onTestFinished(() => graph.stop());
    const underWay = graph.ask('{ slow }');
    const { orders: _, ...others } = SHOP;
    await graph.executor.update(supergraphOf(others));
    beforeSwap = () => {
      slow.resolve({ data: { slow: 5 } });
      return underWay;
    };
    await graph.executor.update(supergraphOf({ ...others, parcels: 'type Query { parcels: Int }' }));
    expect(graph.stopped).toEqual(['orders']);
    expect(await graph.ask('{ parcels }')).toEqual({ data: { parcels: 3 } });
  });

  it('leaves what it has not touched as it was, and answers with what it has', async () => {
    const { ask, executor } = await shop({
      catalog: ({ query }) => ({
        data: query.includes('products')
          ? { products: [{ name: 'One' }, { name: 'Two' }] }
          : { size: query.includes('old') ? 'L' : 'S', slow: 1 },
      }),
    });
    const listed = 'query ($no: Boolean = false) { products { name parts @include(if: $no) { id } } }';
    await ask(listed);
    await ask('{ slow }');
    const planning = vi.spyOn(QueryPlanner.prototype, 'buildQueryPlan');
    onTestFinished(() => planning.mockRestore());
    const withField = (name: string) =>
      supergraphOf({ ...SHOP, catalog: SHOP.catalog.replace('slow: Int', `slow(a: Int): Int ${name}: Int`) });
    await executor.update(withField('first0'));
    // What has another argument now.
    expect(planning.mock.calls.length).toBe(1);
    planning.mockClear();
    // More than one operation is carried on for.
    for (let i = 1; i < 12; i++) {
      await executor.update(withField(`first${i}`));
      expect(await ask(listed)).toEqual({ data: { products: [{ name: 'One' }, { name: 'Two' }] } });
      expect(await ask('{ slow }')).toEqual({ data: { slow: 1 } });
    }
    expect(planning.mock.calls.length).toBeLessThan(8);
    planning.mockClear();
    // Of its other way there was no plan yet, and the graph that it was first asked of is gone.
    expect(await ask(listed, { no: true })).toMatchObject({
      data: { products: [{ parts: null }, { parts: null }] },
    });
    const schema = await ask('{ __type(name: "Query") { fields { name } } }');
    expect(JSON.stringify(schema)).toContain('first11');
  });

  it('that nobody sees a difference in does not take over, and what comes after it does', async () => {
    const { ask, executor } = await shop({ catalog: () => ({ data: { size: 'S', extra: 1 } }) });
    await ask('{ size }');
    const listener = vi.fn();
    executor.onSchemaLoadOrUpdate(listener);
    const withField = (field: string) =>
      supergraphOf({ ...SHOP, catalog: SHOP.catalog.replace('slow: Int', `slow: Int ${field}`) });
    await executor.update(withField('extra: Int @inaccessible'));
    expect(listener).not.toHaveBeenCalled();
    expect((await ask('{ extra }')).errors).toMatchObject([
      { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } },
    ]);
    await executor.update(withField('extra: Int'));
    expect(listener).toHaveBeenCalledTimes(1);
    expect(await ask('{ extra }')).toEqual({ data: { extra: 1 } });
  });

  it('is the last one asked for, also when several are asked for at once', async () => {
    const { ask, executor } = await shop({ catalog: () => ({ data: { size: 'S', two: 2 } }) });
    await ask('{ size }');
    const named = (field: string) =>
      supergraphOf({ ...SHOP, catalog: SHOP.catalog.replace('slow: Int', `${field}: Int`) });
    await Promise.all([executor.update(named('one')), executor.update(named('two'))]);
    expect(await ask('{ two }')).toEqual({ data: { two: 2 } });
  });

  it('that cannot be served is refused, and the old one stays', async () => {
    const { ask, executor } = await shop({ catalog: () => ({ data: { size: 'S' } }) });
    await expect(executor.update('type Query { size: Int }')).rejects.toThrow(/cannot be served/);
    await expect(executor.update('{')).rejects.toThrow(/cannot be served/);
    expect(await ask('{ size }')).toEqual({ data: { size: 'S' } });
  });
});
