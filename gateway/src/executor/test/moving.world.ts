/** Fields on their way from one subgraph to another: of an entity and of the root, to subgraphs that require others of the former. */
import type { Row, World } from './world.ts';

const carriers: Row[] = [0, 1].map((i) => ({ __typename: 'Carrier', id: `c${i}`, name: `Carrier ${i}` }));
const orders: Row[] = [0, 1, 2].map((i) => ({
  __typename: 'Order',
  id: `o${i}`,
  status: ['OPEN', 'SENT', null][i],
  total: 10 * (i + 1),
  note: i === 1 ? null : `Note ${i}`,
  carrier: i === 2 ? null : carriers[i],
  summary: (_: unknown, self: Row) => `${self.total} in all`,
  days: ({ factor }: Record<string, unknown>, self: Row) => Number(self.total) * Number(factor ?? 1),
}));
orders.forEach((order, i) => {
  Object.assign(order, { next: orders[(i + 1) % 3], split: [[order], [orders[0], null]] });
});
carriers.forEach((carrier) => {
  Object.assign(carrier, { orders: orders.filter((order) => order.carrier === carrier) });
});

export const LABELS = ['new-carriers', 'new-summaries', 'percent(25)', 'percent(75.5)'];

export const moving: World = {
  keys: ['id'],
  rows: [...carriers, ...orders],
  roots: {
    orders,
    order: ({ id }: Record<string, unknown>) => orders.find((row) => row.id === id) ?? null,
    recent: [orders[2], null, orders[0]],
  },
  subgraphs: {
    sales: `
      type Query { orders: [Order!]! order(id: ID!): Order recent: [Order] }
      type Order @key(fields: "id") {
        id: ID! status: String total: Int! note: String carrier: Carrier next: Order! split: [[Order]!]!
      }
      type Carrier @key(fields: "id") { id: ID! name: String! orders: [Order!]! }
    `,
    fulfilment: `
      type Query { recent: [Order] @override(from: "sales", label: "percent(75.5)") }
      type Order @key(fields: "id") {
        id: ID!
        status: String @override(from: "sales", label: "percent(25)")
        carrier: Carrier @override(from: "sales", label: "new-carriers")
        total: Int! @external
        days(factor: Int): Int @requires(fields: "total")
        next: Order! @override(from: "sales", label: "percent(75.5)")
      }
      type Carrier @key(fields: "id") { id: ID! name: String! @override(from: "sales", label: "new-carriers") }
    `,
    notices: `
      type Order @key(fields: "id") {
        id: ID!
        total: Int! @external
        note: String @override(from: "sales", label: "new-summaries")
        summary: String @requires(fields: "total")
      }
    `,
  },
};
