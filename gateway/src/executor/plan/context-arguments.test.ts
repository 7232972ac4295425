import { afterEach, describe, expect, it } from 'vitest';
import type { SubgraphFetch } from '../../data-source/data-source.ts';
import { type RunningGraph, runGraph } from '../test/running-graph.ts';

const running: RunningGraph[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((graph) => graph.stop()));
});

const CARDS = `
  type Query { users: [User!] guest: Guest }
  type User @key(fields: "id") @context(name: "reader") { id: ID! locale: String cards: [Card!] }
  type Guest @key(fields: "id") @context(name: "reader") { id: ID! locale: String desk: Desk }
  type Desk { card: Card }
  type Card @key(fields: "id") {
    id: ID!
    label(locale: String @fromContext(field: "$reader { locale }")): String
  }`;
const PRICES = 'type Card @key(fields: "id") { id: ID! price: Int }';

const users = [
  {
    __typename: 'User',
    id: 'u1',
    locale: 'de',
    cards: [
      { __typename: 'Card', id: '1' },
      { __typename: 'Card', id: '2' },
    ],
  },
  { __typename: 'User', id: 'u2', locale: null, cards: [{ __typename: 'Card', id: '1' }] },
  { __typename: 'User', id: 'u3', locale: 'fr', cards: null },
  { __typename: 'User', id: 'u4', locale: 'de', cards: [{ __typename: 'Card', id: '1' }] },
];
const guest = {
  __typename: 'Guest',
  locale__client: 'g',
  locale: 'nb',
  desk: { card: { __typename: 'Card', id: '2' } },
};

/** Each `_entities` of a fetch answered with the label in the language that it was asked in. */
function labels({ query, variables }: SubgraphFetch): Record<string, unknown> {
  const fields = [
    ...query.matchAll(
      /(?:(\w+):)?_entities\(representations:\$(\w+)\)\{\.\.\.on Card\{label\(locale:\$(\w+)\)/g,
    ),
  ];
  return Object.fromEntries(
    fields.map(([, alias, representations, locale]) => [
      alias ?? '_entities',
      (variables[representations!] as { id: string }[]).map(({ id }) => ({
        label: `${id} in ${variables[locale!] ?? 'any'}`,
      })),
    ]),
  );
}

async function graph(): Promise<RunningGraph> {
  const made = await runGraph(
    { cards: CARDS, prices: PRICES },
    {
      cards: (fetch) => ({ data: fetch.query.includes('_entities') ? labels(fetch) : { users, guest } }),
      prices: ({ variables }) => ({
        data: {
          _entities: (variables.representations as { id: string }[]).map(({ id }) => ({ price: Number(id) })),
        },
      }),
    },
  );
  running.push(made);
  return made;
}

describe('an argument from a context', () => {
  it('has the value above each place, also where one entity stands below different ones', async () => {
    const { ask, asked } = await graph();
    expect(await ask('{ users { cards { label price } } }')).toEqual({
      data: {
        users: [
          {
            cards: [
              { label: '1 in de', price: 1 },
              { label: '2 in de', price: 2 },
            ],
          },
          { cards: [{ label: '1 in any', price: 1 }] },
          { cards: null },
          { cards: [{ label: '1 in de', price: 1 }] },
        ],
      },
    });
    // Same language, same question; all questions in one request.
    const [, ...later] = asked.filter(({ subgraph }) => subgraph === 'cards');
    expect(later).toHaveLength(1);
    expect(Object.values(later[0]!.variables).filter(Array.isArray)).toHaveLength(2);
  });

  it('comes from as far up as it has to, whatever a client calls by its name', async () => {
    const { ask } = await graph();
    const { data, errors } = await ask('{ guest { locale: id desk { card { label } } } }');
    expect(errors).toBeUndefined();
    expect(data).toEqual({ guest: { locale: 'g', desk: { card: { label: '2 in nb' } } } });
  });
});
