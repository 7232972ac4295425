/** What variables decide, and everything that is said twice, comes out as in one schema, at once and in parts. */
import { describe, expect, it } from 'vitest';
import { argumentsOfAllKinds } from './test/arguments.world.ts';
import { bothAnswers, federatedInParts, type Graph, graphOf } from './test/both-answers.ts';
import { mergedData } from './test/merged-parts.ts';
import { shop } from './test/shop.world.ts';
import type { Faults } from './test/world.ts';

const NO_FAULTS: Faults = new Map();
const shopGraph = graphOf(shop);
const echoGraph = graphOf(argumentsOfAllKinds);
type Variables = Readonly<Record<string, unknown>>;

async function expectSame(graph: Graph, text: string, variables: Variables): Promise<void> {
  const operation = { text, variables };
  const { federated, alone } = await bothAnswers(graph, operation, NO_FAULTS);
  expect(federated).toEqual(alone);
  expect(federated.nulled).toEqual([]);
  expect(mergedData(await federatedInParts(graph, operation, NO_FAULTS))).toEqual(alone.data);
}

describe('fragments that variables leave out and put off', () => {
  const text = `query ($a: Boolean!, $b: Boolean! = true, $later: Boolean) {
    products {
      ...F @include(if: $a) @defer(if: $later, label: "f")
      ... on Product @skip(if: $b) @defer { weight shippingEur }
      ... @include(if: $b) { ...G @defer(if: $a) tags { label } }
    }
  }
  fragment F on Product { name ...G @skip(if: $a) price(currency: EUR) category { ...H @skip(if: $b) @defer } }
  fragment G on Product { upc warehouse { staff ... @defer(if: $b) { city } } }
  fragment H on Category { name averagePrice(currency: GBP) }`;
  const values = [true, false].flatMap((a) =>
    [true, false, undefined].flatMap((b) =>
      [true, false, null, undefined].map((later) => ({
        a,
        ...(b === undefined ? {} : { b }),
        ...(later === undefined ? {} : { later }),
      })),
    ),
  );

  it.each(values)('with %j', (variables) => expectSame(shopGraph, text, variables));
});

describe('one name', () => {
  it.each([
    '{ search { ... on Product { x: price(currency: EUR) } ... on Category { x: averagePrice(currency: GBP) } } }',
    '{ node(id: "p0") { ... on Product { d: description(short: true) } ... on Review { d: body } } }',
    '{ nodes { ... on Review { id: body } ... on Product { id: name upc: id } __typename } }',
  ])('for fields of different objects: %s', (text) => expectSame(shopGraph, text, {}));

  it.each([{}, { c: null }, { c: 'EUR' }])(
    'in several fragments is one field, with what all of them select of it: %j',
    (variables) =>
      expectSame(
        shopGraph,
        `query ($c: Currency = GBP) { product(id: "p0") { ...A ...B ... on Node { ... on Product { ...A } } } }
         fragment A on Product { price(currency: $c) shippingUsd category { name parent { slug } } }
         fragment B on Product { price(currency: $c) category { averagePrice(currency: USD) parent { name } } }`,
        variables,
      ),
  );
});

it('the type is told wherever it is asked for', () =>
  expectSame(
    shopGraph,
    `{ __typename a: __typename me { __typename t: __typename reviews { __typename product { __typename } }
         favourite { __typename f: __typename ... on Product { p: __typename reviews { author { __typename } } } } }
       search { __typename s: __typename } ... @defer { q: __typename users { __typename name } } }`,
    {},
  ));

it.each([{}, { type: 'Review' }, { type: 'Nobody' }])('the schema is told of beside data: %j', (variables) =>
  expectSame(
    shopGraph,
    `query ($type: String! = "Product", $not: Boolean = false) {
       __schema @skip(if: $not) { queryType { name fields(includeDeprecated: true) { name } } }
       products { name t: __typename }
       ... @include(if: true) { known: __type(name: $type) { name kind fields { name type { kind } } } }
       ... @defer { users { id reviews { body } } }
     }`,
    variables,
  ),
);

describe('what variables say', () => {
  const text = `query (
    $filter: Filter, $kind: Kind, $text: String, $number: Float = 1.5, $x: Int, $y: [Int!], $on: Boolean = true,
    $ids: [ID!], $required: Filter! = { x: 3 }
  ) {
    echoes {
      whole: said(filter: $filter, kind: $kind, text: $text, number: $number, ids: $ids)
      inside: said(filter: { x: $x, y: $y, text: $text, part: { kind: $kind, on: $on } })
      deep(filter: $filter, parts: [{ kind: $kind, on: $on }, null])
      peer { both(text: "of what is required", filter: $required) deep(filter: { x: $x, part: { on: $on } }) needs }
    }
  }`;

  it.each<Variables>([
    {},
    { filter: null, text: null, number: null, x: null, y: null, on: null, ids: null },
    { filter: {}, kind: 'A', text: '', number: 2, x: 0, y: [], on: false, ids: [] },
    { filter: { x: null, part: { parts: [[{}], null] } }, kind: 'B', y: 1, ids: 'e0', number: 3 },
    { filter: { part: { kind: null } }, required: { y: [1, 2], part: {} } },
  ])('reaches subgraphs as it was said, absent and null being different: %j', (variables) =>
    expectSame(echoGraph, text, variables),
  );

  it('and the values of custom scalars come back as they are', () =>
    expectSame(shopGraph, '{ products { meta } nodes { ... on Product { m: meta } } }', {}));
});
