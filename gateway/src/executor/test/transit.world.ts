/**
 * Keys that are null and lead nowhere, chains of keys, requirements of what is required itself, or through fragments, shared roots,
 * inputs and unions that subgraphs know differently, interfaces that refer to themselves, subgraphs of Federation 1.
 */
import type { Row, World } from './world.ts';

const operators: Row[] = [0, 1].map((i) => ({
  __typename: i === 0 ? 'PublicOperator' : 'PrivateOperator',
  id: `w${i}`,
  name: i === 0 ? 'City' : null,
  fleet: 10 * i,
  licence: `L${i}`,
  rating: i === 0 ? 4 : null,
}));
operators.forEach((operator, i) => {
  Object.assign(operator, { partner: operators[1 - i], rivals: [operators[1 - i], null] });
});

const vehicles: Row[] = [0, 1, 2].map((i) => ({
  __typename: ['Bus', 'Tram', 'Ferry'][i] as string,
  id: `b${i}`,
  plate: i === 2 ? null : `P${i}`,
  seats: 30 + i,
  metres: 12.5 * (i + 1),
  decks: i,
  operator: operators[i % 2],
}));

const stops: Row[] = [0, 1, 2, 3].map((i) => ({
  __typename: 'Stop',
  // Known to some by one name and to others by another; of the last two nobody knows all of them.
  id: `s${i}`,
  ref: i === 3 ? null : `r${i}`,
  code: i >= 2 ? null : `c${i}`,
  title: `Stop ${i}`,
  zone: i % 2 === 0 ? { __typename: 'Zone', id: `z${i}`, letter: 'AB'[i / 2], fare: i + 1 } : null,
  ...(i < 2 && { shelter: i === 0 }),
  vehicle: vehicles[i % 3],
  served: [vehicles[i % 3], vehicles[(i + 1) % 3]],
  weight: (_: unknown, self: Row) => weightOf(self.vehicle as Row),
  // Needs what needs what is here.
  base: i + 1,
  quadrupled: (_: unknown, self: Row) => twice(self.doubled, self),
  octupled: (_: unknown, self: Row) => twice(self.quadrupled, self),
  ahead: (_: unknown, self: Row) => twice((self.next as Row | null)?.quadrupled, self.next as Row),
  crowded: (_: unknown, self: Row) => isHeavy(self.weight, self),
  doubled: (_: unknown, self: Row) => (typeof self.base === 'number' ? self.base * 2 : null),
  ...(i < 3 && { distance: 100 * i }),
}));
stops.forEach((stop, i) => {
  Object.assign(stop, { next: stops[(i + 1) % 4], near: [[stops[(i + 2) % 4], null], []] });
});

function twice(value: unknown, self: Row): number | null {
  const number =
    typeof value === 'function' ? (value as (given: object, of: Row) => unknown)({}, self) : value;
  return typeof number === 'number' ? number * 2 : null;
}

function isHeavy(weight: unknown, self: Row): boolean | null {
  const kilograms = typeof weight === 'function' ? weight({}, self) : weight;
  return typeof kilograms === 'number' ? kilograms > 10_000 : null;
}

function weightOf(vehicle: Row | null | undefined): number | null {
  if (vehicle?.__typename === 'Bus') return Number(vehicle.seats) * 80;
  return vehicle?.__typename === 'Tram' ? Number(vehicle.metres) * 1_000 : null;
}

const network = { __typename: 'Network', id: 'n', name: 'Metro', lines: 7, riders: null, hub: stops[0] };
const wanted = ({ wish }: Record<string, unknown>) => {
  const { id, zone } = (wish ?? {}) as { readonly id?: string; readonly zone?: string };
  return stops.filter(
    (stop) =>
      (id === undefined || stop.id === id) && (zone == null || (stop.zone as Row | null)?.letter === zone),
  );
};

export const transit: World = {
  keys: ['id', 'ref', 'code'],
  rows: [...stops, ...vehicles, ...operators],
  roots: {
    stops,
    stop: ({ id }: Record<string, unknown>) => stops.find((row) => row.id === id) ?? null,
    network,
    vehicles,
    wanted,
    operators,
  },
  federation1: ['timetable', 'archive'],
  subgraphs: {
    stops: `
      type Query { stops: [Stop!]! stop(id: ID!): Stop network: Network! @shareable wanted(wish: Wish): [Stop!] }
      input Wish { id: ID zone: Letter note: String }
      enum Letter { A B }
      type Network @shareable { id: ID! name: String! }
      type Stop @key(fields: "id") @key(fields: "ref") {
        id: ID! ref: ID title: String! zone: Zone next: Stop! near: [[Stop]!] base: Int
        quadrupled: Int @requires(fields: "doubled") doubled: Int @external
        crowded: Boolean @requires(fields: "weight") weight: Float @external
      }
      type Zone { letter: Letter! @shareable fare: Int }`,
    codes: `
      type Stop @key(fields: "ref") @key(fields: "code") { ref: ID code: ID distance: Int }`,
    sums: `
      type Stop @key(fields: "id") {
        id: ID! base: Int @external doubled: Int @requires(fields: "base")
        quadrupled: Int @external octupled: Int @requires(fields: "quadrupled")
        next: Stop! @external ahead: Int @requires(fields: "next { quadrupled }")
      }`,
    shelters: `
      type Query { network: Network! @shareable }
      input Wish { id: ID zone: Letter colour: String }
      enum Letter { A B }
      type Network @shareable { id: ID! lines: Int! riders: Int hub: Stop }
      type Stop @key(fields: "code") { code: ID shelter: Boolean accepts(wish: Wish): Boolean }`,
    vehicles: `
      type Query { vehicles: [Vehicle!]! operators: [Operator] }
      union Vehicle = Bus | Tram | Ferry
      interface Operator { id: ID! name: String partner: Operator rivals: [Operator] }
      type PublicOperator implements Operator @key(fields: "id") {
        id: ID! name: String partner: Operator rivals: [Operator] fleet: Int!
      }
      type PrivateOperator implements Operator @key(fields: "id") {
        id: ID! name: String partner: Operator rivals: [Operator] fleet: Int!
      }
      type Bus @key(fields: "id") { id: ID! plate: String @shareable seats: Int operator: Operator }
      type Tram @key(fields: "id") { id: ID! plate: String @shareable metres: Float operator: Operator }
      type Ferry @key(fields: "id") { id: ID! plate: String decks: Int operator: Operator }
      type Stop @key(fields: "id") { id: ID! vehicle: Vehicle }`,
    weights: `
      union Vehicle = Bus | Tram | Ferry
      type Bus @key(fields: "id") { id: ID! seats: Int @external }
      type Tram @key(fields: "id") { id: ID! metres: Float @external }
      type Ferry @key(fields: "id") { id: ID! }
      type Stop @key(fields: "id") {
        id: ID! vehicle: Vehicle @external
        weight: Float @requires(fields: "vehicle { __typename ... on Bus { seats } ... on Tram { metres } }")
      }`,
    timetable: `
      extend type Stop @key(fields: "id") { id: ID! @external served: [Served!] }
      union Served = Bus | Tram | Ferry
      extend type Bus @key(fields: "id") { id: ID! @external }
      extend type Tram @key(fields: "id") { id: ID! @external }
      type Ferry @key(fields: "id") @extends { id: ID! @external }`,
    archive: `
      extend type PublicOperator @key(fields: "id") { id: ID! @external licence: String fleet: Int! @external rating: Int }
      type PrivateOperator @key(fields: "id") @extends { id: ID! @external licence: String rating: Int }`,
  },
};
