import { buildSchema, parse, print, stripIgnoredCharacters } from 'graphql';
import { describe, expect, it } from 'vitest';
import { bothAnswers, graphOf } from '../test/both-answers.ts';
import { furtherCorners } from '../test/further-corners.world.ts';
import { library } from '../test/library.world.ts';
import type { World } from '../test/world.ts';
import { type ObjectFacts, withFragmentsByObject } from './fragments-by-object.ts';

const schema = buildSchema(`
  interface Media { id: ID next: Media desk: Desk }
  type Film implements Media { id: ID next: Media desk: Desk minutes: Int }
  type Book implements Media { id: ID next: Media desk: Desk pages: Int }
  type Song { id: ID }
  union Find = Film | Song
  union Any = Film | Book | Song
  type Desk { greeting: String size: Int }
  type Query { media: Media film: Film find: Find }
`);
const none: ObjectFacts = { standIns: new Set(), settingContexts: new Set(), contextFields: new Set() };
const standIn: ObjectFacts = { ...none, standIns: new Set(['Media']) };
const contexts: ObjectFacts = {
  ...none,
  settingContexts: new Set(['Film', 'Book']),
  contextFields: new Set(['greeting']),
};
const written = (text: string, facts: ObjectFacts) =>
  stripIgnoredCharacters(print(withFragmentsByObject(parse(text), schema, facts)));

it.each([
  [
    'a fragment of which only some objects are',
    standIn,
    '{ media { ... on Find { ... on Film { minutes } ...B } } } fragment B on Song { id }',
    '{media{...{...on Film{...on Film{minutes}}}}}',
  ],
  [
    'a fragment that every object is of',
    standIn,
    '{ media { ... on Any { __typename } } }',
    '{media{...on Media{__typename}}}',
  ],
  ['inside one object', standIn, '{ film { ... on Any { __typename } } }', '{film{...on Film{__typename}}}'],
  [
    'with what its fragment is told',
    standIn,
    '{ media { ... on Find @include(if: true) { ... on Media { next { id } } } } }',
    '{media{...@include(if:true){...on Film{...on Film{next{id}}}}}}',
  ],
  [
    'a field below which a context is asked for',
    contexts,
    '{ media { id desk { greeting } } }',
    '{media{id ...on Film{desk{greeting}}...on Book{desk{greeting}}}}',
  ],
])('%s is written out', (_name, facts, text, expected) => {
  expect(written(text, facts)).toBe(expected);
});

it.each([
  ['an interface that every subgraph knows as such', none, '{ media { ... on Find { __typename } } }'],
  ['a union', standIn, '{ find { ... on Media { id } ... on Film { minutes } } }'],
  ['a field below which no context is asked for', contexts, '{ media { desk { size } } }'],
])('what is of %s stays as it is', (_name, facts, text) => {
  const document = parse(text);
  expect(withFragmentsByObject(document, schema, facts)).toBe(document);
});

it('an operation that would become too large stays as it is', () => {
  const deep = (levels: number): string =>
    levels === 0 ? 'desk { greeting }' : `next { ${deep(levels - 1)} }`;
  const document = parse(`{ media { ${deep(14)} } }`);
  expect(withFragmentsByObject(document, schema, contexts)).toBe(document);
});

describe('an answer over a graph', () => {
  it.each([
    [
      'with an object that stands for an interface',
      library,
      '{ newest { ... on Best { __typename ... on Film { minutes } ... on Book { pages } } } }',
    ],
    [
      'with an object that stands for an interface, in a list',
      library,
      '{ topRated { mood ... on Work { ... on Film { minutes } ... on Media { title } } } }',
    ],
    [
      'with contexts below an interface',
      furtherCorners['arguments from contexts'] as World,
      '{ people { id desk { greeting size cards { label } } } }',
    ],
  ])('%s is what one schema would say', async (_name, world, text) => {
    const { federated, alone } = await bothAnswers(graphOf(world), { text, variables: {} }, new Map());
    expect(federated).toEqual(alone);
    expect(federated.nulled).toEqual([]);
  });
});
