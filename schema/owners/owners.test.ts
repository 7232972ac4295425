import { describe, expect, it } from 'vitest';
import { repositorySubgraphs } from '../commands/composed-subgraphs.ts';
import { COMMITTED_SUPERGRAPH, readText } from '../commands/supergraph-text.ts';
import { composeSupergraph } from '../composition.ts';
import { lintedSubgraph } from '../lint/linted-graph.ts';
import { coordinateOf, ownerships, withOwners } from './change-owners.ts';
import { parseOwners, readOwners } from './owners-file.ts';
import { ownership } from './ownership.ts';
import { membersOfSubgraphs, membersOfSupergraph } from './subgraph-members.ts';

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@external", "@requires"])';
const A = `${LINK} type Query { one: Thing } type Thing @key(fields: "id") { id: ID! size: Int unit: Unit @shareable } enum Unit { M CM }`;
const B = `${LINK} type Thing @key(fields: "id") { id: ID! size: Int @external unit: Unit @shareable area: Int @requires(fields: "size") } enum Unit { M CM }
  type Maker @key(fields: "id") { id: ID! }`;
const C = `${LINK} type Maker @key(fields: "id", resolvable: false) { id: ID! } type Query { makers: [Maker!]! }`;
const SUBGRAPHS = [
  { name: 'a', sdl: A },
  { name: 'b', sdl: B },
  { name: 'c', sdl: C },
];
const TEAMS = {
  ours: { contact: '#ours', subgraphs: ['a'] },
  theirs: { contact: '#theirs', subgraphs: ['b'] },
  others: { contact: '#others', subgraphs: ['c'] },
};
const owners = (owned: object) => parseOwners(JSON.stringify({ teams: TEAMS, owned }));

describe('ownership', () => {
  it.each([
    ['the SDL of subgraphs', () => membersOfSubgraphs(SUBGRAPHS.map(lintedSubgraph))],
    ['the supergraph', () => membersOfSupergraph(composeSupergraph(SUBGRAPHS).supergraphSdl)],
  ])('follows from %s', (_, members) => {
    const owned = ownership(owners({ Thing: 'ours', 'Unit.CM': 'theirs' }), members());
    for (const [coordinate, team] of [
      ['Thing', 'ours'],
      ['Thing.id', 'ours'],
      ['Thing.size', 'ours'],
      ['Thing.area', 'theirs'],
      ['Thing.area(unit:)', 'theirs'],
      ['Thing.unit', 'ours'],
      ['Unit', undefined],
      ['Unit.CM', 'theirs'],
      ['Maker', 'theirs'],
      ['Query.one', 'ours'],
      ['Query.makers', 'others'],
      ['Nothing', undefined],
    ] as const) {
      expect([coordinate, owned.ownerOf(coordinate)]).toEqual([coordinate, team]);
    }
    expect(owned.candidates('Unit')).toEqual(['ours', 'theirs']);
    expect(owned.problems).toEqual([]);
  });

  it('names entries about what is not there any more', () => {
    const gone = ownership(
      owners({ 'Thing.weight': 'ours' }),
      membersOfSubgraphs(SUBGRAPHS.slice(0, 2).map(lintedSubgraph)),
    );
    expect(gone.problems.map(({ coordinate }) => coordinate)).toEqual(['Thing.weight', 'c']);
  });

  it('refuses a subgraph of two teams, and a team that there is not', () => {
    const twice = { ...TEAMS, more: { contact: '#more', subgraphs: ['a'] } };
    expect(() => parseOwners(JSON.stringify({ teams: twice }))).toThrow(/subgraph a is of ours and of more/);
    expect(() => owners({ Thing: 'nobody' })).toThrow(/there is no team nobody/);
  });

  it('is the same for the shipped supergraph and for the SDL it is composed of', () => {
    const file = readOwners();
    const fromSdl = membersOfSubgraphs(repositorySubgraphs().map(lintedSubgraph));
    const supergraph = membersOfSupergraph(readText(COMMITTED_SUPERGRAPH));
    const [left, right] = [ownership(file, fromSdl), ownership(file, supergraph)];
    for (const coordinate of supergraph.keys()) {
      if (!fromSdl.has(coordinate)) continue;
      expect([coordinate, right.ownerOf(coordinate)]).toEqual([coordinate, left.ownerOf(coordinate)]);
    }
  });
});

it('whoever had what is gone is asked, not whose type it was in', () => {
  const before = readText(COMMITTED_SUPERGRAPH);
  const after = before.replace(/^ {2}viewer: TitleViewerState/m, '  spectator: TitleViewerState');
  expect(after).not.toBe(before);
  const change = { criticality: 'breaking' as const, kind: 'FIELD_REMOVED', operations: [] };
  const [owned] = withOwners(
    [{ ...change, description: 'Title.viewer was removed.' }],
    ownerships([after, before]),
  );
  expect(owned?.owner).toBe('viewers');
});

it.each([
  ['Title.releaseYear was removed.', 'Title.releaseYear'],
  ['Title.artwork arg width has changed type from Int to String.', 'Title.artwork'],
  ['Artwork was removed.', 'Artwork'],
  ['SERIES was removed from enum type TitleKind.', 'TitleKind.SERIES'],
  ['A required field size on input type TitleFilter was added.', 'TitleFilter.size'],
  ['Film was added to union type Work.', 'Work.Film'],
  ['Node added to interfaces implemented by Title.', 'Title'],
])('a change is about what its description names: %s', (description, coordinate) => {
  expect(coordinateOf(description)).toBe(coordinate);
});
