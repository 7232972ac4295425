/** Who may be told of what happens: each event is held to what its viewer may read, in both protocols. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authorizationSchema } from './authorization-options.ts';
import { guardedGateway, guardedGraph, headersOf } from './test/guarded-graph.ts';

const FORMATS = {
  'server-sent events': 'text/event-stream',
  'parts of a multipart answer': 'multipart/mixed;subscriptionSpec=1.0',
};
const FINANCE = { policies: { finance: { claim: 'department', value: 'finance' } } };

interface Case {
  readonly query: string;
  /** Absent: anonymous. */
  readonly scope?: string;
  readonly claims?: Record<string, unknown>;
  /** Of the events, in their order. */
  readonly data: readonly unknown[];
  /** Of the errors of the first. */
  readonly paths?: readonly string[];
  /** Words that no subgraph may be asked. */
  readonly never?: string;
}

const sold = (first: object, second: object) => [{ sold: first }, { sold: second }];
const cases: Record<string, Case> = {
  'an open field with a restricted one in it': {
    query: 'subscription { sold { name amount } }',
    data: sold({ name: 'One', amount: null }, { name: 'Two', amount: null }),
    paths: ['sold/amount'],
    never: 'amount',
  },
  'the same, behind a fragment and an alias': {
    query: 'subscription { latest: sold { ...Stock } } fragment Stock on Product { n: name a: amount }',
    data: [{ latest: { n: 'One', a: null } }, { latest: { n: 'Two', a: null } }],
    paths: ['latest/a'],
    never: 'amount',
  },
  'the same, for one who may read stocks': {
    query: 'subscription { sold { name amount } }',
    scope: 'stock:read stock:list',
    data: sold({ name: 'One', amount: 10 }, { name: 'Two', amount: 20 }),
  },
  'what another subgraph makes of a field that may not be read': {
    query: 'subscription { sold { name profit } }',
    scope: 'sku:read',
    data: sold({ name: 'One', profit: null }, { name: 'Two', profit: null }),
    paths: ['sold/profit'],
    never: 'margin',
  },
  'the same, for one who may': {
    query: 'subscription { sold { name profit } }',
    scope: 'sku:read',
    claims: { department: 'finance' },
    data: sold({ name: 'One', profit: 300 }, { name: 'Two', profit: 400 }),
  },
  'a root field for viewers': {
    query: 'subscription { mine { name } }',
    scope: '',
    data: [{ mine: { name: 'One' } }, { mine: { name: 'Two' } }],
  },
  'a root field with a scope': {
    query: 'subscription { audited { name } }',
    scope: 'hr',
    data: [{ audited: { name: 'One' } }, { audited: { name: 'Two' } }],
  },
  'a root field with a policy': {
    query: 'subscription { cleared { name } }',
    scope: '',
    claims: { department: 'finance' },
    data: [{ cleared: { name: 'One' } }, { cleared: { name: 'Two' } }],
  },
  'a root field for viewers, for nobody': {
    query: 'subscription { mine { name } }',
    data: [{ mine: null }],
    paths: ['mine'],
    never: 'mine',
  },
  'a root field with another scope': {
    query: 'subscription { audited { name } }',
    scope: 'stock:read',
    data: [{ audited: null }],
    paths: ['audited'],
    never: 'audited',
  },
  'a root field with a policy that does not hold': {
    query: 'subscription { cleared { name } }',
    scope: '',
    claims: { department: 'sales' },
    data: [{ cleared: null }],
    paths: ['cleared'],
    never: 'cleared',
  },
};

interface Told {
  readonly data: unknown;
  readonly errors?: readonly {
    readonly path?: readonly unknown[];
    readonly extensions: { readonly code: string };
  }[];
}

/** What stands in the events of a stream that has come to its end. */
function eventsOf(text: string): readonly Told[] {
  return text.split('\n').flatMap((line) => {
    const json = /^(?:data: )?(\{.*\})\r?$/.exec(line)?.[1];
    if (json === undefined) return [];
    const { payload, ...whole } = JSON.parse(json);
    const told = payload ?? whole;
    return 'data' in told ? [told] : [];
  });
}

const graph = guardedGraph();
const gateway = guardedGateway(graph, { authorization: { options: authorizationSchema.parse(FINANCE) } });
beforeAll(() => gateway.start());
afterAll(() => gateway.stop());

describe.each(Object.entries(FORMATS))('as %s', (_, accept) => {
  it.each(Object.entries(cases))('%s', async (_name, { query, scope, claims, data, paths = [], never }) => {
    graph.asked.length = 0;
    const response = await fetch(`${gateway.url()}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept, ...(await headersOf(scope, claims)) },
      body: JSON.stringify({ query }),
    });
    const text = await response.text();
    const events = eventsOf(text);
    expect(events.map((event) => event.data)).toEqual(data);
    const errors = events[0]?.errors ?? [];
    expect(errors.map(({ path }) => path?.join('/'))).toEqual(paths);
    for (const { extensions } of errors) expect(extensions.code).toBe('UNAUTHORIZED_FIELD_OR_TYPE');
    if (never !== undefined) expect(graph.asked.join('\n')).not.toMatch(new RegExp(`\\b${never}\\b`));
  });
});
