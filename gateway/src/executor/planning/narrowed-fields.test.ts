import { buildSchema, parse, print } from 'graphql';
import { describe, expect, it } from 'vitest';
import { abstractCorners } from '../test/abstract-corners.world.ts';
import { bothAnswers, graphOf } from '../test/both-answers.ts';
import { sharedCorners } from '../test/shared-corners.world.ts';
import { narrowedFields, withNarrowedFields } from './narrowed-fields.ts';

const SCHEMA = buildSchema(`
  type Query { animals: [Animal] }
  interface Animal { id: ID friend: Animal self: Animal }
  interface Mover { speed: Int }
  type Cat implements Animal & Mover { id: ID friend: Dog self: Animal speed: Int }
  type Dog implements Animal { id: ID friend: Cat self: Animal legs: Int }`);

const written = (text: string) =>
  print(withNarrowedFields(parse(text), SCHEMA, narrowedFields(SCHEMA, new Map()))).replaceAll(/\s+/g, ' ');

describe('a field that is of a narrower type in some objects', () => {
  it.each([
    '{ animals { friend { ... on Mover { speed } } } }',
    '{ animals { ... on Dog { ... on Animal { friend { ...F } } } } } fragment F on Dog { legs }',
    '{ animals { friend { ... { ... on Animal { ... on Dog { legs } } } } } }',
  ])('has the type name where nothing may be selected of these: %s', (text) => {
    expect(written(text)).toBe(text.replace('friend {', 'friend { __typename'));
  });

  it.each([
    '{ animals { friend { id ... on Mover { speed } } } }',
    '{ animals { friend { ... on Mover { speed } ... on Dog { legs } } } }',
    '{ animals { self { ... on Mover { speed } } ... on Dog { friend { ... on Mover { speed } } } } }',
  ])('stays as it is where something is: %s', (text) => {
    const document = parse(text);
    expect(withNarrowedFields(document, SCHEMA, narrowedFields(SCHEMA, new Map()))).toBe(document);
  });
});

it.each([
  '{ things { ... on Aged { owner { friend { ... on Mover { weight } } } } } }',
  '{ animals { friend { legs } ... on Cat { ... on Thing { friend { name } } } } }',
])('an answer is what one schema would say: %s', async (text) => {
  const graph = graphOf(abstractCorners['interfaces of interfaces']!);
  const { federated, alone } = await bothAnswers(graph, { text, variables: {} }, new Map());
  expect(federated).toEqual(alone);
});

it.each([
  '{ dogs { home { owner { ... on Dog { id } name } } } }',
  '{ animals { ... on Dog { chased { ... on Cat { lives } } friend { ... on Weighed { weight } } } } }',
  '{ pet { ... on Dog { tricks } } }',
  '{ __typename: pet { __typename } }',
  'query ($no: Boolean = false) { pets { __typename @include(if: $no) ... on Cat { id } } }',
])('so is one from a subgraph that knows a narrower type than all others: %s', async (text) => {
  const graph = graphOf(sharedCorners['what one subgraph narrows']!);
  const { federated, alone } = await bothAnswers(graph, { text, variables: {} }, new Map());
  expect(federated).toEqual(alone);
});
