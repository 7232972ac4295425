/** Which operations feel a change, by what they select and what they send or may send. */
import fc from 'fast-check';
import { buildSchema, findBreakingChanges, type GraphQLSchema, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { schemaChanges } from './schema-changes.ts';

const LIVE = 'directive @live(rate: Int = 1) repeatable on FIELD | QUERY';
const BEFORE = `
  ${LIVE}
  directive @say(loud: Boolean!) on FIELD
  type Query {
    node(id: ID!): Node
    media(filter: Filter, first: Int! = 5, kind: Kind = MOVIE): [Media!]!
    any: Any
  }
  input Filter { year: Int = 1990  kind: Kind  deep: Deep  need: Int! = 3 }
  input Deep { a: Int  b: [Kind!] }
  enum Kind { MOVIE SERIES }
  interface Node { id: ID! }
  interface Media implements Node { id: ID!  name(lang: String = "en"): String  kind: Kind }
  type Film implements Media & Node { id: ID!  name(lang: String = "en"): String  kind: Kind  x: String  cast: [String!] }
  type Show implements Media & Node { id: ID!  name(lang: String = "en"): String  kind: Kind  x: String }
  union Any = Film | Show
`;
const operations = Object.entries({
  Names: '{ media { id name } }',
  Kinds: '{ media { kind } }',
  Films: '{ media { ...F } } fragment F on Film { x }',
  Both: '{ any { ... on Film { x } ... on Show { x } } }',
  ByFilter: '($f: Filter) { media(filter: $f) { id } }',
  ByKind: '($k: Kind) { media(kind: $k) { id } }',
  Movies: '{ media(filter: { kind: MOVIE, need: 1 }) { id } }',
  Series: '($k: Kind = SERIES) { media(filter: { year: 1, kind: $k }) { id } }',
  First: '($n: Int) { media(first: $n) { id } }',
  Live: '{ any { __typename @live } }',
  AtRate: '($r: Int) { __typename @live(rate: $r) }',
  Twice: '{ __typename @live @live }',
  OnQuery: '@live { __typename }',
  Loud: '{ __typename @say(loud: true) }',
}).map(([name, text]) => ({ name, document: parse(`query ${name} ${text}`) }));

function edited(from: string, to: string): string {
  const after = BEFORE.replace(from, to);
  expect(after).not.toBe(BEFORE);
  return after;
}

function found(from: string, to: string) {
  return schemaChanges(buildSchema(BEFORE), buildSchema(edited(from, to)), operations).map(
    ({ criticality, kind, operations: felt }) => [criticality, kind, felt.map(({ name }) => name).join(' ')],
  );
}

const ALL_MEDIA = 'Names Kinds Films ByFilter ByKind Movies Series First';

describe('what graphql-js overlooks', () => {
  it.each([
    [
      'a required argument that loses its default refuses whoever left it out, also through a variable',
      ['first: Int! = 5', 'first: Int!'],
      ['breaking', 'ARG_BECAME_REQUIRED', ALL_MEDIA],
    ],
    [
      'so does a required input field',
      ['need: Int! = 3', 'need: Int!'],
      ['breaking', 'INPUT_FIELD_BECAME_REQUIRED', 'ByFilter Series'],
    ],
    [
      'another default of an input field surprises whoever leaves it out',
      ['year: Int = 1990', 'year: Int = 2000'],
      ['dangerous', 'INPUT_FIELD_DEFAULT_VALUE_CHANGE', 'ByFilter Movies'],
    ],
    [
      'a default where there was none, too',
      ['filter: Filter,', 'filter: Filter = { year: 1 },'],
      ['dangerous', 'ARG_DEFAULT_VALUE_CHANGE', 'Names Kinds Films ByFilter ByKind First'],
    ],
    [
      'only one field of an input where there could be several',
      ['input Deep', 'input Deep @oneOf'],
      ['breaking', 'INPUT_BECAME_ONE_OF', 'ByFilter'],
    ],
    [
      'an argument that may be null now is safe, and told',
      ['first: Int! = 5', 'first: Int = 5'],
      ['safe', 'INPUT_BECAME_NULLABLE', ''],
    ],
    [
      'another default of a directive surprises whoever leaves it out',
      ['rate: Int = 1', 'rate: Int = 2'],
      ['dangerous', 'ARG_DEFAULT_VALUE_CHANGE', 'Live AtRate Twice OnQuery'],
    ],
    [
      'another type of what a directive takes refuses whoever sends it',
      ['rate: Int = 1', 'rate: Int! = 1'],
      ['breaking', 'ARG_CHANGED_KIND', 'AtRate'],
    ],
    [
      'a directive that takes more is safe, and told',
      ['loud: Boolean!', 'loud: Boolean'],
      ['safe', 'INPUT_BECAME_NULLABLE', ''],
    ],
    [
      'items that are never null any more are safe, and told',
      ['cast: [String!]', 'cast: [String!]!'],
      ['safe', 'FIELD_BECAME_NON_NULL', ''],
    ],
    [
      'the end of an argument is announced',
      ['kind: Kind = MOVIE', 'kind: Kind = MOVIE @deprecated(reason: "2026-01-01: use filter")'],
      ['safe', 'DEPRECATED', ''],
    ],
  ])('%s', (_, [from, to], expected) => {
    expect(found(from!, to!)).toEqual([expected]);
  });

  it('a field that is never null any more refuses who merges it with one that may be', () => {
    expect(found('x: String  cast', 'x: String!  cast')).toEqual([
      ['breaking', 'OPERATION_REFUSED', 'Both'],
      ['safe', 'FIELD_BECAME_NON_NULL', ''],
    ]);
  });
});

describe('who feels a change', () => {
  it.each([
    [
      'an enum value: who answers it, who writes it, who has a variable for it',
      'MOVIE SERIES',
      'MOVIE',
      'Kinds ByFilter ByKind Series',
    ],
    [
      'an input field: who writes it, who has a variable for it',
      'kind: Kind  deep',
      'deep',
      'ByFilter Movies Series',
    ],
    ['an input field deep in a variable', 'a: Int  b', 'b', 'ByFilter'],
    ['a type behind an interface that is asked for', ' | Show', '', 'Both Live'],
    [
      'an argument that may not be null any more: who has a variable that may be, and not who relies on the default',
      'kind: Kind = MOVIE',
      'kind: Kind! = MOVIE',
      'ByKind',
    ],
    [
      'an input field that may not be null any more: not who writes a value',
      'kind: Kind  deep',
      'kind: Kind!  deep',
      'ByFilter Series',
    ],
    [
      'an input field that must be sent: who leaves it out, too',
      'year: Int = 1990',
      'year: Int!',
      'ByFilter Movies',
    ],
    ['a directive', LIVE, '', 'Live AtRate Twice OnQuery'],
    ["a directive's argument: who sends it", 'rate: Int = 1', 'pace: Int', 'AtRate'],
    ['a place of a directive: who has it there', 'on FIELD | QUERY', 'on FIELD', 'OnQuery'],
    ['a directive that may stand once: who has it twice', 'repeatable', '', 'Twice'],
    [
      'more that a directive must be told',
      'rate: Int = 1',
      'rate: Int = 1, to: Int!',
      'Live AtRate Twice OnQuery',
    ],
  ])('%s', (_, from, to, expected) => {
    expect(found(from, to)[0]?.[2]).toBe(expected);
  });

  it('a type that is gone is felt through its interface, and not by who asks for another one behind it', () => {
    const after = BEFORE.replace(/type Show .*\n/, '').replace(' | Show', '');
    const gone = schemaChanges(buildSchema(BEFORE), buildSchema(after), operations);
    const names = gone.find(({ description }) => description === 'Show was removed.')?.operations;
    expect(names?.map(({ name }) => name)).toEqual([
      ...['Names', 'Kinds', 'Both', 'ByFilter', 'ByKind', 'Movies', 'Series', 'First', 'Live'],
    ]);
  });

  it.each([
    ['one interface less', 'implements Named', ''],
    ['one interface more', '', 'implements Named'],
  ])('%s is felt by who asks for the interface, and not by who asks for the type', (_, from, to) => {
    const schema = (implemented: string) =>
      buildSchema(`
        type Query { titles: [Title!]  named: Named  person: Person }
        interface Named { name: String }
        type Person implements Named { name: String }
        type Title ${implemented} { name: String }
      `);
    const asked = ['titles { name }', 'named { name }', 'person { ... on Named { name } }'].map(
      (text, at) => ({
        name: `${at}`,
        document: parse(`{ ${text} }`),
      }),
    );
    const [change] = schemaChanges(schema(from), schema(to), asked);
    expect(change?.operations.map(({ name }) => name)).toEqual(['1', '2']);
  });

  it('another default of an implementation is felt through its interface', () => {
    const film = 'type Film implements Media & Node { id: ID!  name(lang: String = "en")';
    expect(found(film, film.replace('"en"', '"fr"'))).toEqual([
      ['dangerous', 'ARG_DEFAULT_VALUE_CHANGE', 'Names'],
    ]);
  });
});

const EDITS: readonly (readonly [string | RegExp, string])[] = [
  ['year: Int = 1990', 'year: Int!'],
  ['need: Int! = 3', 'need: Int!'],
  ['need: Int! = 3', ''],
  ['deep: Deep', 'deep: [Deep]'],
  ['a: Int  b', 'b'],
  ['b: [Kind!]', 'b: [Kind!]!'],
  ['MOVIE SERIES', 'MOVIE SERIES SHORT'],
  [/SERIES/g, 'SHOW'],
  ['first: Int! = 5, ', ''],
  ['first: Int! = 5', 'first: Int!'],
  ['first: Int!', 'first: String!'],
  ['kind: Kind = MOVIE', 'kind: Kind!'],
  ['filter: Filter', 'filter: Filter!'],
  ['node(id: ID!)', 'node(id: String!)'],
  ['any: Any', 'any: Media'],
  ['any: Any', 'some: Any'],
  [/x: String/g, 'x: Int'],
  [/x: String {2}cast/, 'x: String!  cast'],
  [/x: String/g, ''],
  [/kind: Kind {2}x/g, 'kind: Kind!  x'],
  [/ implements Media & Node/g, ''],
  [/(interface Media.*?)name\(lang: String = "en"\): String/, '$1'],
  [/name\(lang: String = "en"\)/g, 'name(lang: String!)'],
  [/name\(lang: String = "en"\)/g, 'name'],
  [' | Show', ''],
  ['union Any = Film | Show', 'scalar Any'],
  ['on FIELD | QUERY', 'on QUERY'],
  ['rate: Int = 1', 'rate: Int!'],
  ['rate: Int = 1', 'rate: [String]'],
  ['loud: Boolean!', 'loud: Int!'],
  ['repeatable', ''],
  [LIVE, ''],
];

/** Where the edits make a schema at all. */
function schemaAfter(edits: readonly (readonly [string | RegExp, string])[]): GraphQLSchema | undefined {
  try {
    return buildSchema(edits.reduce((sdl, [from, to]) => sdl.replace(from, to), BEFORE));
  } catch {
    return undefined;
  }
}

it('of any changes: all that graphql-js finds is found, and no operation is refused that no finding names', () => {
  const before = buildSchema(BEFORE);
  let judged = 0;
  fc.assert(
    fc.property(fc.subarray([...EDITS], { minLength: 1, maxLength: 4 }), (edits) => {
      const after = schemaAfter(edits);
      if (after === undefined) return;
      judged++;
      const breaking = schemaChanges(before, after, operations).filter(
        ({ criticality }) => criticality === 'breaking',
      );
      const descriptions = new Set(breaking.map(({ description }) => description));
      for (const { description } of findBreakingChanges(before, after)) {
        expect(descriptions).toContain(description);
      }
      for (const { name, document } of operations) {
        const refusals = breaking
          .flatMap(({ operations: felt }) => felt)
          .filter((each) => each.name === name);
        const refused = validate(after, document).length > 0;
        expect(
          refusals.some((each) => each.refused),
          name,
        ).toBe(refused);
      }
    }),
    { numRuns: 150, seed: 6 },
  );
  expect(judged).toBeGreaterThan(50);
});
