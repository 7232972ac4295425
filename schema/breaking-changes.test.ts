import { buildSchema, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { schemaChanges } from './schema-changes.ts';
import type { TrustedDocument } from './trusted-documents.ts';

const COMMITTED = `
  type Query { home(input: HomeInput): Home  title(id: ID!): Title }
  input HomeInput { device: Device  filter: Filter }
  input Filter { year: Int }
  enum Device { TV WEB }
  type Home { rows: [String!]! }
  type Title { id: ID!  name: String!  unused: Int }
`;

function trusted(text: string): TrustedDocument {
  const document = parse(text);
  const name = /(?:query|mutation) (\w+)/.exec(text)![1]!;
  return { name, text, document };
}
const documents = [
  trusted('query HomeRows($input: HomeInput) { home(input: $input) { rows } }'),
  trusted('query TitlePage($id: ID!) { title(id: $id) { ...T } } fragment T on Title { id name }'),
];

function broken(change: (sdl: string) => string): readonly [string, readonly string[]][] {
  const next = change(COMMITTED);
  expect(next).not.toBe(COMMITTED);
  return schemaChanges(buildSchema(COMMITTED), buildSchema(next), documents)
    .filter(({ criticality }) => criticality === 'breaking')
    .map(({ description, operations }) => [description, operations.map(({ name }) => name)]);
}

describe('breaking changes of the API schema', () => {
  it('name the operations that select a removed field', () => {
    expect(broken((sdl) => sdl.replace('name: String!', ''))).toEqual([
      ['Title.name was removed.', ['TitlePage']],
    ]);
  });

  it('are reported although no trusted document feels them', () => {
    expect(broken((sdl) => sdl.replace('unused: Int', ''))).toEqual([['Title.unused was removed.', []]]);
  });

  it('include a field that may become null', () => {
    expect(broken((sdl) => sdl.replace('name: String!', 'name: String'))).toEqual([
      ['Title.name changed type from String! to String.', ['TitlePage']],
    ]);
  });

  it('reach through the input types that variables may carry', () => {
    expect(broken((sdl) => sdl.replace('year: Int', 'year: Int  month: Int!'))[0]?.[1]).toEqual(['HomeRows']);
    expect(broken((sdl) => sdl.replace('TV WEB', 'WEB'))[0]?.[1]).toEqual(['HomeRows']);
    expect(broken((sdl) => sdl.replace('year: Int', 'from: Int'))[0]?.[1]).toEqual(['HomeRows']);
  });

  it('include arguments that become required', () => {
    expect(broken((sdl) => sdl.replace('home(input: HomeInput)', 'home(input: HomeInput!)'))[0]?.[1]).toEqual(
      ['HomeRows'],
    );
  });

  it('are none for what is only added or deprecated', () => {
    expect(
      broken((sdl) =>
        sdl.replace('unused: Int', 'unused: Int @deprecated(reason: "later")  more(first: Int): Int'),
      ),
    ).toEqual([]);
  });
});
