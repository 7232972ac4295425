/** Who may read what of a federated graph, asked over HTTP; with what the subgraphs are asked on the way. */
import { QueryPlanner } from '@apollo/query-planner';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Gateway, GatewayOptions } from '../index.ts';
import { type AuthorizationOptions, authorizationSchema } from './authorization-options.ts';
import { askAs, type GuardedGraph, guardedGateway, guardedGraph, headersOf } from './test/guarded-graph.ts';

async function serving(
  options: Partial<AuthorizationOptions> = {},
  graph: GuardedGraph = guardedGraph(),
  gatewayOptions: Partial<GatewayOptions> = {},
): Promise<GuardedGraph & { readonly gateway: Gateway }> {
  const gateway = guardedGateway(graph, {
    authorization: { options: authorizationSchema.parse(options) },
    ...gatewayOptions,
  });
  await gateway.start();
  onTestFinished(() => gateway.stop());
  return { ...graph, gateway };
}

interface Case {
  readonly query: string;
  /** Absent: anonymous. */
  readonly scope?: string;
  readonly variables?: Record<string, unknown>;
  readonly data: unknown;
  /** Of the errors, in their order. */
  readonly paths: readonly string[];
  /** Words that no subgraph may be asked. */
  readonly never?: readonly string[];
  /** Default: one or more. */
  readonly fetches?: number;
}

const ALL = 'write sku:read stock:read stock:list money hr';
const cases: Record<string, Case> = {
  'a field that needs a viewer': {
    query: '{ open me { name } }',
    data: { open: 'to all', me: null },
    paths: ['me'],
    never: ['me'],
  },
  'a field that needs a viewer, for one': {
    query: '{ open me { name } }',
    scope: '',
    data: { open: 'to all', me: { name: 'Ada' } },
    paths: [],
  },
  'fields of list items, by the path of all of them': {
    query: '{ products { name amount } }',
    data: {
      products: [
        { name: 'One', amount: null },
        { name: 'Two', amount: null },
      ],
    },
    paths: ['products/@/amount'],
    never: ['amount'],
  },
  'all scopes of a set': {
    query: '{ products { amount } }',
    scope: 'stock:read stock:list',
    data: { products: [{ amount: 10 }, { amount: 20 }] },
    paths: [],
  },
  'not one of two scopes': {
    query: '{ first { name amount } }',
    scope: 'stock:read',
    data: { first: { name: 'One', amount: null } },
    paths: ['first/amount'],
    never: ['amount'],
  },
  'another set of scopes': {
    query: '{ first { amount } }',
    scope: 'root',
    data: { first: { amount: 10 } },
    paths: [],
  },
  'no scopes in the list': { query: '{ anything }', data: { anything: 1 }, paths: [] },
  'an alias': {
    query: '{ a: first { open: amount } me: open }',
    data: { a: { open: null }, me: 'to all' },
    paths: ['a/open'],
    never: ['amount'],
  },
  'an alias that has the name of a key': {
    query: '{ first { rating sku: amount } }',
    data: { first: { rating: 1, sku: null } },
    paths: ['first/sku'],
    never: ['amount'],
  },
  'a selection of which nothing is left': {
    query: '{ first { amount } products { amount } }',
    data: { first: { amount: null }, products: [{ amount: null }, { amount: null }] },
    paths: ['first/amount', 'products/@/amount'],
    never: ['amount'],
  },
  'an operation of which nothing is left': {
    query: '{ me { name } level }',
    data: { me: null, level: null },
    paths: ['me', 'level'],
    fetches: 0,
  },
  'an enum': {
    query: '{ level open }',
    data: { level: null, open: 'to all' },
    paths: ['level'],
    never: ['level'],
  },
  'a scalar, wherever it is used': {
    query: '{ wallet { balance currency } }',
    scope: 'hr',
    data: { wallet: { balance: null, currency: 'EUR' } },
    paths: ['wallet/balance'],
    never: ['balance'],
  },
  'an object type': {
    query: '{ report { text } open }',
    data: { report: null, open: 'to all' },
    paths: ['report'],
  },
  'an object type, also for its name alone': {
    query: '{ report { __typename } open }',
    data: { report: null, open: 'to all' },
    paths: ['report'],
    never: ['report'],
  },
  'a field that must not be null takes its parent with it': {
    query: '{ open strict { text } }',
    data: null,
    paths: ['strict'],
    never: ['strict'],
  },
  'a key, for a client': {
    query: '{ products { name sku } }',
    data: { products: null },
    paths: ['products/@/sku'],
  },
  'a key stays hidden where subgraphs need it': {
    query: '{ first { rating } }',
    data: { first: { rating: 1 } },
    paths: [],
  },
  'a key that subgraphs fetched is not shown': {
    query: '{ first { rating sku } open }',
    data: { first: null, open: 'to all' },
    paths: ['first/sku'],
  },
  'what is computed from a restricted field': {
    query: '{ first { name profit } }',
    scope: ALL,
    data: { first: { name: 'One', profit: null } },
    paths: ['first/profit'],
    never: ['margin', 'profit'],
  },
  'an interface, where any implementation is restricted': {
    query: '{ open people { id name } }',
    data: null,
    paths: ['people/@/id', 'people/@/name'],
    never: ['name'],
  },
  'the open implementation of an interface': {
    query: '{ people { __typename ... on Customer { name } ... on Staff { salary } } }',
    data: {
      people: [
        { __typename: 'Customer', name: 'Ada' },
        { __typename: 'Staff', salary: null },
      ],
    },
    paths: ['people/@/salary'],
    never: ['salary'],
  },
  'an interface, for who may read all implementations': {
    query: '{ people { name ... on Staff { salary } } }',
    scope: 'hr',
    data: { people: [{ name: 'Ada' }, { name: 'Grace', salary: 100 }] },
    paths: [],
  },
  'a field of one implementation': {
    query: '{ people { name ... on Staff { pay: salary } } }',
    scope: '',
    data: { people: [{ name: 'Ada' }, { name: 'Grace', pay: null }] },
    paths: ['people/@/pay'],
    never: ['salary'],
  },
  'a member of a union': {
    query: '{ search { ... on Product { name } ... on Staff { name } } }',
    data: { search: [{ name: 'One' }, { name: null }] },
    paths: ['search/@/name'],
  },
  'named fragments, also inside each other': {
    query: `{ first { ...A } products { ...A } }
      fragment A on Product { name ...B } fragment B on Product { amount }`,
    data: {
      first: { name: 'One', amount: null },
      products: [
        { name: 'One', amount: null },
        { name: 'Two', amount: null },
      ],
    },
    paths: ['first/amount', 'products/@/amount'],
    never: ['amount'],
  },
  'a fragment on a restricted type': {
    query: '{ people { ...S __typename } } fragment S on Staff { id }',
    data: null,
    paths: ['people/@/id'],
  },
  'a skipped field is neither missed nor told': {
    query:
      'query ($no: Boolean! = false) { open ...F } fragment F on Query { me @include(if: $no) { name } }',
    data: { open: 'to all' },
    paths: [],
  },
  'an included field is told': {
    query: 'query ($yes: Boolean!) { open me @include(if: $yes) { name } }',
    variables: { yes: true },
    data: { open: 'to all', me: null },
    paths: ['me'],
  },
  'a variable that only a restricted field has': {
    query: 'mutation ($id: ID!) { rename(id: $id) { id } }',
    variables: { id: '1' },
    data: { rename: null },
    paths: ['rename'],
    fetches: 0,
  },
};

/** The answer in parts, as it came. */
async function partsAs(...[gateway, scope, query, variables]: Parameters<typeof askAs>): Promise<string> {
  const response = await fetch(`${gateway.url()}/graphql`, {
    method: 'POST',
    headers: {
      accept: 'multipart/mixed;deferSpec=20220824, application/json',
      'content-type': 'application/json',
      ...(await headersOf(scope)),
    },
    body: JSON.stringify({ query, variables }),
  });
  return response.text();
}

describe('a request gets', () => {
  it.each(Object.keys(cases))('no more than it may: %s', async (name) => {
    const { query, scope, variables, data, paths, never = [], fetches } = cases[name]!;
    const { gateway, asked } = await serving();
    const { body, status } = await askAs(gateway, scope, query, variables);
    expect(body.data).toEqual(data);
    expect((body.errors ?? []).map(({ path }) => path?.join('/'))).toEqual(paths);
    for (const error of body.errors ?? []) {
      expect(error).toMatchObject({
        message: 'Unauthorized field or type',
        extensions: { code: 'UNAUTHORIZED_FIELD_OR_TYPE' },
      });
    }
    expect(status).toBe(200);
    for (const word of never) expect(asked.join('\n')).not.toMatch(new RegExp(`\\b${word}\\b`));
    if (fetches !== undefined) expect(asked).toHaveLength(fetches);
  });

  it('no more than it may in parts that come later', async () => {
    const { gateway, asked } = await serving();
    let deferred = 0;
    for (const [name, { query, scope, variables, data, paths, never = [] }] of Object.entries(cases)) {
      if (!query.startsWith('{') || query.includes('fragment')) continue;
      asked.length = 0;
      const text = await partsAs(gateway, scope, `{ __typename ... @defer ${query} }`, variables);
      const parts = [...text.matchAll(/^\{.*\}$/gm)].map(([part]) => JSON.parse(part));
      const whole = parts.reduce(
        (sum, part) => Object.assign(sum, part.data, part.incremental?.[0]?.data),
        {} as Record<string, unknown>,
      );
      const { __typename, ...rest } = whole;
      // A part that is null as a whole leaves the others as they are.
      expect([name, rest]).toEqual([name, data ?? {}]);
      const told = parts.flatMap((part) => [
        ...(part.errors ?? []),
        ...(part.incremental ?? []).flatMap((each: { errors?: object[] }) => each.errors ?? []),
      ]);
      // Of what must not be null the part says so as well.
      expect([name, [...new Set(told.map(({ path }) => path.join('/')))]]).toEqual([name, paths]);
      for (const { extensions } of told) expect(extensions.code).toBe('UNAUTHORIZED_FIELD_OR_TYPE');
      for (const word of never) expect(asked.join('\n')).not.toMatch(new RegExp(`\\b${word}\\b`));
      if (parts.length > 1) deferred++;
    }
    expect(deferred).toBeGreaterThan(0);
  });

  it('mutations only where it may, and they do not happen otherwise', async () => {
    const { gateway, renamed } = await serving();
    const mutation = 'mutation { rename(id: "7") { name } }';
    expect((await askAs(gateway, 'read', mutation)).body.data).toEqual({ rename: null });
    expect(renamed).toEqual([]);
    expect((await askAs(gateway, 'write', mutation)).body.data).toEqual({ rename: { name: 'One' } });
    expect(renamed).toEqual(['7']);
  });
});

describe('policies', () => {
  const query = '{ first { profit } }';
  it('are met by claims of the token', async () => {
    const { gateway } = await serving({ policies: { finance: { claim: 'department', value: 'finance' } } });
    const as = async (claims: object) =>
      (await askAs(gateway, '', query, undefined, { ...claims })).body.data;
    expect(await as({ department: 'finance' })).toEqual({ first: { profit: 300 } });
    expect(await as({ department: ['sales', 'finance'] })).toEqual({ first: { profit: 300 } });
    expect(await as({ department: 'sales' })).toEqual({ first: { profit: null } });
    expect((await askAs(gateway, undefined, query)).body.data).toEqual({ first: { profit: null } });
  });

  it('may be decided by a function, and are met by nobody where nothing decides', async () => {
    const decided = await serving({}, guardedGraph(), {
      authorization: { evaluatePolicy: (name, viewer) => name === 'finance' && viewer?.profileId === 'p1' },
    });
    expect((await askAs(decided.gateway, '', query)).body.data).toEqual({ first: { profit: 300 } });
    const { gateway } = await serving();
    expect((await askAs(gateway, 'finance', query)).body.data).toEqual({ first: { profit: null } });
  });
});

describe('a supergraph of an older composition', () => {
  it('does not compute for clients what they may not read, although the field itself says nothing', async () => {
    const graph = guardedGraph();
    const older = graph.supergraphSdl.replace(/(profit: Int.*) @policy\(policies: \[\["finance"\]\]\)/, '$1');
    expect(older).not.toBe(graph.supergraphSdl);
    const { gateway, asked } = await serving({}, { ...graph, supergraphSdl: older });
    const { body } = await askAs(gateway, ALL, '{ first { name profit } }');
    expect(body.data).toEqual({ first: { name: 'One', profit: null } });
    expect(asked.join()).not.toMatch(/margin/);
  });
});

describe('by configuration', () => {
  const query = '{ open me { name } first { amount } }';

  it('the whole request is refused', async () => {
    const { gateway, asked } = await serving({ rejectUnauthorized: true });
    const anonymous = await askAs(gateway, undefined, query);
    expect(anonymous.status).toBe(401);
    expect(anonymous.body.data ?? undefined).toBeUndefined();
    expect(anonymous.body.errors?.map(({ path }) => path?.join('/'))).toEqual(['me', 'first/amount']);
    expect((await askAs(gateway, '', query)).status).toBe(403);
    expect(asked).toEqual([]);
    expect((await askAs(gateway, 'root', query)).body.errors).toBeUndefined();
  });

  it('everything is answered and the errors only say what would be missing', async () => {
    const { gateway } = await serving({ dryRun: true });
    const { body } = await askAs(gateway, undefined, query);
    expect(body.data).toEqual({ open: 'to all', me: { name: 'Ada' }, first: { amount: 10 } });
    expect(body.errors?.map(({ path }) => path?.join('/'))).toEqual(['me', 'first/amount']);
  });

  it('errors go to the extensions, or nowhere', async () => {
    const errors = (response: 'extensions' | 'disabled') => ({ errors: { log: false, response } });
    const { gateway } = await serving(errors('extensions'));
    const { body } = await askAs(gateway, undefined, query);
    expect(body.errors).toBeUndefined();
    expect(body).toMatchObject({
      data: { open: 'to all', me: null },
      extensions: { authorizationErrors: [{ path: ['me'] }, { path: ['first', 'amount'] }] },
    });
    const silent = await serving(errors('disabled'));
    expect((await askAs(silent.gateway, undefined, query)).body).toEqual({
      data: { open: 'to all', me: null, first: { amount: null } },
    });
  });

  it('nothing is enforced', async () => {
    const { gateway } = await serving({ enabled: false });
    expect((await askAs(gateway, undefined, query)).body.errors).toBeUndefined();
  });

  it('nobody is served without an identity', async () => {
    const { gateway } = await serving({ requireAuthentication: true });
    const { status, body } = await askAs(gateway, undefined, '{ open }');
    expect(status).toBe(401);
    expect(body.errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
    expect((await askAs(gateway, '', '{ open }')).body.data).toEqual({ open: 'to all' });
  });
});

describe('plans', () => {
  it('are shared by those who may read the same, and by nobody else', async () => {
    const { gateway } = await serving();
    const planning = vi.spyOn(QueryPlanner.prototype, 'buildQueryPlan');
    onTestFinished(() => planning.mockRestore());
    const query = '{ first { name amount } me { name } }';
    const seen: unknown[] = [];
    for (const scope of [undefined, 'a', 'b', 'stock:read stock:list', 'root', 'c', undefined]) {
      seen.push((await askAs(gateway, scope, query)).body.data);
    }
    expect(planning).toHaveBeenCalledTimes(3);
    expect(new Set(seen.map((data) => JSON.stringify(data))).size).toBe(3);
    expect(seen[0]).toEqual(seen[6]);
    expect(seen[1]).toEqual(seen[5]);
  });
});
