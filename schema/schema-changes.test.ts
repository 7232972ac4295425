import { buildSchema, parse } from 'graphql';
import { expect, it } from 'vitest';
import { schemaChanges } from './schema-changes.ts';

const BEFORE = `
  type Query { titles(first: Int = 20, kind: Kind): [Media!]!  me: Me }
  enum Kind { MOVIE }
  union Media = Film
  type Film { name: String  old: Int @deprecated(reason: "2026-01-01: use name") }
  type Me { id: ID! }
`;
const operation = (name: string, text: string, clients: string[] = []) => ({
  name,
  document: parse(`query ${name} ${text}`),
  clients,
});
const operations = [
  operation('Default', '{ titles { __typename } }', ['tv']),
  operation('Sent', '($n: Int!) { titles(first: $n) { ... on Film { name } } }'),
  operation('Mine', '{ me { id } }'),
];

function changes(from: string, to: string) {
  const after = BEFORE.replace(from, to);
  expect(after).not.toBe(BEFORE);
  return schemaChanges(buildSchema(BEFORE), buildSchema(after), operations).map(
    ({ criticality, kind, operations: affected }) => [
      criticality,
      kind,
      affected.map(({ name, refused }) => `${name}${refused ? ' refused' : ''}`),
    ],
  );
}

it.each([
  [
    'an argument that is gone breaks who sends it',
    'first: Int = 20, ',
    '',
    ['breaking', 'ARG_REMOVED', ['Sent refused']],
  ],
  [
    'another default surprises who relies on it',
    '= 20',
    '= 50',
    ['dangerous', 'ARG_DEFAULT_VALUE_CHANGE', ['Default']],
  ],
  [
    'an argument that becomes necessary breaks who leaves it out',
    'kind: Kind',
    'kind: Kind!',
    ['breaking', 'ARG_CHANGED_KIND', ['Default refused', 'Sent refused']],
  ],
  [
    'a new argument that may be left out concerns nobody',
    'kind: Kind',
    'kind: Kind, after: ID',
    ['dangerous', 'OPTIONAL_ARG_ADDED', []],
  ],
  [
    'another member of a union may surprise',
    'Media = Film',
    'Media = Film | Me',
    ['dangerous', 'TYPE_ADDED_TO_UNION', ['Default', 'Sent']],
  ],
  [
    'a field that may become null breaks, although it is answered',
    'id: ID!',
    'id: ID',
    ['breaking', 'FIELD_CHANGED_KIND', ['Mine']],
  ],
  ['a new field is safe', 'id: ID!', 'id: ID! name: String', ['safe', 'FIELD_ADDED', []]],
  [
    'a field that is never null any more is safe',
    'name: String ',
    'name: String! ',
    ['safe', 'FIELD_BECAME_NON_NULL', []],
  ],
  ['a deprecation is safe', 'me: Me', 'me: Me @deprecated(reason: "x")', ['safe', 'DEPRECATED', []]],
])('%s', (_, from, to, expected) => {
  expect(changes(from, to)).toEqual([expected]);
});

it('clients go along with their operations', () => {
  const after = buildSchema(BEFORE.replace('= 20', '= 50'));
  const [change] = schemaChanges(buildSchema(BEFORE), after, operations);
  expect(change?.operations).toEqual([{ name: 'Default', clients: ['tv'], refused: false }]);
});
