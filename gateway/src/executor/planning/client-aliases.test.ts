import { buildSchema, type FieldNode, parse, print, visit } from 'graphql';
import { describe, expect, it } from 'vitest';
import { moveAliases } from './client-aliases.ts';

const SCHEMA = buildSchema(`
  type Query { pets: [Pet] owner: Owner }
  interface Pet { id: ID owner: Owner name: String }
  type Cat implements Pet { id: ID owner: Owner name: String lives: Int }
  type Dog implements Pet { id: ID owner: Owner name: String legs: Int }
  input By { one: Int other: Int }
  type Owner { id: ID age: Int legs: Int name: String told(by: By): String best: Pet }`);
const RESERVED = new Set(['__typename', 'id']);

const moved = (text: string) => moveAliases(parse(text), RESERVED, SCHEMA);
const textOf = (text: string) => print(moved(text).document).replaceAll(/\s+/g, ' ');

describe("a client's response names", () => {
  it.each([
    '{ pets { ... on Cat { a: lives } ... on Dog { a: legs } } }',
    '{ pets { ... on Cat { owner { a: age } } ... on Dog { owner { a: age } } } owner { a: legs } }',
    '{ pets { owner { told(by: { one: 1, other: 2 }) } ...F } } fragment F on Cat { owner { told(by: { other: 2, one: 1 }) } }',
    '{ pets { id } owner { a: id } }',
  ])('stay where they are nobody else, also as fields of different objects: %s', (text) => {
    const document = parse(text);
    expect(moveAliases(document, RESERVED, SCHEMA).document).toBe(document);
  });

  it('move apart where they stand for different fields of one object, by what is above it', () => {
    const text =
      '{ pets { ... on Cat { owner { a: age } } ... on Dog { owner { a: legs } } } owner { a: age } }';
    expect(textOf(text)).toBe(
      '{ pets { ... on Cat { owner { a: age } } ... on Dog { owner { a__client: legs } } } owner { a: age } }',
    );
    const { responseName } = moved(text);
    expect(['a', 'a__client', 'b'].map(responseName)).toEqual(['a', 'a', 'b']);
  });

  it('move apart for different arguments, in fragments, and far below what differs', () => {
    expect(
      textOf(
        `{ pets { ...F ... on Dog { owner { best { owner { told(by: { one: 2 }) } } } } } }
        fragment F on Cat { owner { best { owner { told(by: { one: 1 }) } } } }`,
      ),
    ).toBe(
      '{ pets { ...F ... on Dog { owner { best { owner { told(by: {one: 2}) } } } } } }' +
        ' fragment F on Cat { owner { best { owner { told__client: told(by: {one: 1}) } } } }',
    );
  });

  it("move out of the way of keys and of each other's at once", () => {
    expect(
      textOf('{ pets { ... on Cat { owner { id: age } } ... on Dog { owner { id: legs id2: id } } } }'),
    ).toBe(
      '{ pets { ... on Cat { owner { id__client: age } } ... on Dog { owner { id__client_: legs id2: id } } } }',
    );
    expect(textOf('{ pets { __typename: name ... on Cat { type: __typename } } }')).toBe(
      '{ pets { __typename__client: name ... on Cat { type: __typename } } }',
    );
  });

  it('are found in the data by the field that they stand for', () => {
    const text = '{ pets { ... on Cat { owner { a: age } } ... on Dog { owner { a: legs a: legs } } } }';
    const fields: FieldNode[] = [];
    visit(parse(text), { Field: (field) => void (field.alias && fields.push(field)) });
    const { dataKey } = moved(text);
    expect(fields.map((field) => dataKey('a', field))).toEqual(['a', 'a__client', 'a__client']);
  });

  it('move where there are too many places to look through', () => {
    const fragments = Array.from(
      { length: 16 },
      (_, i) =>
        `fragment F${i} on Owner { x: best { owner { ...F${i + 1} } } y: best { owner { ...F${i + 1} } } }`,
    );
    const text = `{ owner { ...F0 a: age best { owner { a: legs } } } } ${fragments.join(' ')} fragment F16 on Owner { age }`;
    expect(textOf(text)).toContain('a__client: legs');
  });
});
