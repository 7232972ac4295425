/** What the query planner loses its way in, where several subgraphs know an interface as an object. */
import { describe, expect, it } from 'vitest';
import { abstractCorners } from '../test/abstract-corners.world.ts';
import { bothAnswers, graphOf } from '../test/both-answers.ts';
import type { World } from '../test/world.ts';

const graph = graphOf(abstractCorners['interfaces that several know as objects'] as World);

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
  ])('%s', async (_name, text) => {
    const { federated, alone } = await bothAnswers(graph, { text, variables: {} }, new Map());
    expect(federated).toEqual(alone);
  });
});
