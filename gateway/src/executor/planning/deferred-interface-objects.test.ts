import { buildSchema, parse } from 'graphql';
import { expect, it } from 'vitest';
import { sharedByStandIns } from '../supergraph/interface-objects.ts';
import { defersInterfaceObjects } from './deferred-interface-objects.ts';

const schema = buildSchema(`
  directive @defer(if: Boolean, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT
  interface Media { id: ID cart: Cart }
  type Film implements Media { id: ID cart: Cart }
  union Find = Film | Cart
  type Cart { id: ID first: Media }
  type Query { media: Media carts: [Cart] find: Find }
`);
const shared = new Set(['Media', 'Film']);

it.each([
  ['{ media { ... @defer(label: "a") { id } } }', true],
  ['{ carts { ... @defer(label: "a") { id first { cart { id } } } } }', true],
  ['{ ... @defer(label: "a") { carts { id ... on Cart { first { id } } } } }', true],
  ['{ find { ... on Film @defer(label: "a") { id } } }', true],
  ['{ find { ... on Cart @defer(label: "a") { id } ... on Film { id } } }', false],
  ['{ media { id cart { ... @defer(label: "a") { id } } } }', false],
  ['{ media { ... on Film { id } } }', false],
])('%s defers something of an object that several stand in for: %s', (text, expected) => {
  expect(defersInterfaceObjects(parse(text), schema, shared)).toBe(expected);
  expect(defersInterfaceObjects(parse(text), schema, new Set())).toBe(false);
});

it('interfaces are shared that more than one subgraph knows as an object, with their objects', () => {
  const supergraph = parse(`
    interface Media @join__type(graph: A, key: "id")
      @join__type(graph: B, key: "id", isInterfaceObject: true)
      @join__type(graph: C, key: "id", isInterfaceObject: true)
      @join__type(graph: C, key: "name", isInterfaceObject: true) { id: ID }
    interface Node @join__type(graph: A)
      @join__type(graph: B, key: "id", isInterfaceObject: true)
      @join__type(graph: B, key: "name", isInterfaceObject: true) { id: ID }
    type Film implements Media & Node { id: ID }
    type Cart implements Node { id: ID }
  `);
  expect([...sharedByStandIns(supergraph)]).toEqual(['Media', 'Film']);
});
