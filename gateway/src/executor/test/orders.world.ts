/**
 * Mutations of three subgraphs that write into one log, and their events, whose payloads are interfaces, unions, entities, lists
 * and numbers. What the payloads are about is known further by all three.
 */
import type { Row, World } from './world.ts';

export interface MutableWorld extends World {
  /** What was done since `begin`, in this order. */
  readonly log: readonly string[];
  /** As if nothing had been done yet. */
  begin(): void;
  /** What events are about from now on. */
  happen(id: string): void;
}

export function orders(): MutableWorld {
  const log: string[] = [];
  let now = 'i0';
  const items: Row[] = [0, 1, 2, 3].map((i) => ({
    __typename: i % 2 === 0 ? 'Order' : 'Gift',
    id: `i${i}`,
    note: `Note ${i}`,
    wrap: i === 3 ? null : `Wrap ${i}`,
    price: i + 0.5,
    packed: i,
  }));
  items.forEach((item, i) => {
    Object.assign(item, { beside: [items[(i + 1) % 4], null] });
  });
  const item = (given: Record<string, unknown>) => items.find(({ id }) => id === given.id) ?? null;
  const order = (given: Record<string, unknown>) => {
    const found = item(given);
    return found?.__typename === 'Order' ? found : null;
  };
  const did = (what: string, { id }: Record<string, unknown>): number => log.push(`${what} ${String(id)}`);
  const change = (what: string) => (given: Record<string, unknown>) => ({
    __typename: order(given) === null ? 'Refusal' : 'Placed',
    id: '',
    step: did(what, given),
    target: item(given),
    order: order(given),
    reason: `no ${what}`,
  });
  return {
    keys: ['id'],
    rows: items,
    log,
    begin: () => void log.splice(0),
    happen(id) {
      now = id;
    },
    roots: {
      items,
      place: change('place'),
      cancel: change('cancel'),
      pay: (given: Record<string, unknown>) => ({
        __typename: 'Bill',
        id: '',
        step: did('pay', given),
        item: item(given),
        items: [items[1], item(given), items[2]],
      }),
      refund: (given: Record<string, unknown>) => did('refund', given),
      pack: (given: Record<string, unknown>) => {
        did('pack', given);
        return order(given);
      },
      unpack: (given: Record<string, unknown>) => {
        did('unpack', given);
        return [item(given)];
      },
      changed: () => {
        const target = item({ id: now });
        return { __typename: 'Placed', id: '', step: 1, target, order: order({ id: now }) };
      },
      billed: () => item({ id: now }),
      counted: ({ more }: Record<string, unknown>) =>
        items.indexOf(item({ id: now }) as Row) + Number(more ?? 0),
      packed: () => [item({ id: now }), null, items[0]],
    },
    subgraphs: {
      orders: `
        type Query { items: [Item!]! }
        type Mutation { place(id: ID!): Outcome cancel(id: ID!): Change }
        type Subscription { changed: Change }
        union Outcome = Placed | Refusal
        interface Change { step: Int! target: Item }
        type Placed implements Change { step: Int! target: Item order: Order! }
        type Refusal implements Change { step: Int! target: Item reason: String }
        interface Item { id: ID! beside: [Item] }
        type Order implements Item @key(fields: "id") { id: ID! note: String beside: [Item] }
        type Gift implements Item @key(fields: "id") { id: ID! wrap: String beside: [Item] }`,
      billing: `
        type Mutation { pay(id: ID!): Bill refund(id: ID!): Int }
        type Subscription { billed: Payable counted(more: Int = 2): Int! }
        type Bill { step: Int! item: Payable items: [Payable] }
        union Payable = Order | Gift
        type Order @key(fields: "id") { id: ID! price: Float }
        type Gift @key(fields: "id") { id: ID! price: Float! }`,
      stock: `
        type Mutation { pack(id: ID!): Order unpack(id: ID!): [Item] }
        type Subscription { packed: [Item]! }
        interface Item { id: ID! packed: Int! }
        type Order implements Item @key(fields: "id") { id: ID! packed: Int! }
        type Gift implements Item @key(fields: "id") { id: ID! packed: Int! }`,
    },
  };
}
