/** What the query planner loses its way in, where several subgraphs know an interface as an object. */
import { describe, expect, it } from 'vitest';
import { abstractCorners } from '../test/abstract-corners.world.ts';
import { bothAnswers, federatedInParts, graphOf } from '../test/both-answers.ts';
import { furtherCorners } from '../test/further-corners.world.ts';
import { mergedData } from '../test/merged-parts.ts';
import type { Faults, World } from '../test/world.ts';

const graph = graphOf(abstractCorners['interfaces that several know as objects'] as World);
const NO_FAULTS: Faults = new Map();

describe('an interface that several subgraphs know as an object', () => {
  it.each([
    ['asked for one type and a field that requires another', '{ carts { first { ... on Film { blurb } } } }'],
    [
      'by way of a wider fragment in a narrower one',
      '{ likedOnes { ... on Book { ... on Media { blurb } } blurb } }',
    ],
    [
      'beside another root of the same subgraph',
      '{ likedOnes { ... on Book { likes id } } liked { stars } }',
    ],
    ['again on the way', '{ starred { ... on Book { next { title } id } score } }'],
    [
      'asked for two types by way of one of them',
      '{ liked { ... on Book { pages next { ... on Book { blurb } ... on Film { blurb stars } } } } }',
    ],
  ])('%s', async (_name, text) => {
    const { federated, alone } = await bothAnswers(graph, { text, variables: {} }, NO_FAULTS);
    expect(federated).toEqual(alone);
  });

  it('also of one type beside what all of them require', async () => {
    const pets = graphOf(furtherCorners['requirements of what stands for an interface'] as World);
    const operation = { text: '{ scored { friend { ... on Cat { rival } tag } } }', variables: {} };
    const { federated, alone } = await bothAnswers(pets, operation, NO_FAULTS);
    expect(federated).toEqual(alone);
    expect(federated.nulled).toEqual([]);
  });

  it.each(['other', 'id', '__typename'])(
    'nobody is told of errors of other types, the name being %s',
    async (alias) => {
      const failing: Faults = new Map(['p1', 'p2'].map((id) => [`${id}.likes`, 'error']));
      const operation = { text: `{ starred { ... on Book { ${alias}: likes } } }`, variables: {} };
      const { federated, alone } = await bothAnswers(graph, operation, failing);
      expect(federated).toEqual(alone);
      expect(federated.nulled).toEqual([`starred.1.${alias}`]);
    },
  );

  // Without bounds the planner is at these for minutes.
  const DEEP = `{ starred { next { title rivals { next { score next { price stars ... on Book { pages } } id
    ... on Film { minutes ... on Film { blurb title } } } stars } } } }`;
  const DEFERRED = `{ __typename starred { likes a: title id: price } carts { ... @defer(label: "later") {
    first { cart { id } __typename ... on Media @defer { price } } items { likes }
    first { ... on Film { title score minutes } title } } } }`;

  it.each([
    ['many steps deep', DEEP],
    ['in deferred parts', DEFERRED],
  ])('%s is planned before anybody gives up waiting', { timeout: 20_000 }, async (_name, text) => {
    const operation = { text, variables: {} };
    const { federated, alone } = await bothAnswers(graph, operation, NO_FAULTS);
    expect(federated).toEqual(alone);
    expect(federated.nulled).toEqual([]);
    expect(mergedData(await federatedInParts(graph, operation, NO_FAULTS))).toEqual(federated.data);
  });

  it('is deferred with what is deferred in it', async () => {
    const text = '{ starred { ... @defer { stars next { price ... on Book @defer { likes } } } } }';
    const { later } = await federatedInParts(graph, { text, variables: {} }, NO_FAULTS);
    expect(later).toHaveLength(2);
  });
});
