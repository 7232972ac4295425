import { GraphQLError } from 'graphql';
import { describe, expect, it } from 'vitest';
import { relevantErrors } from './relevant-errors.ts';
import type { PlacedError } from './subgraph-errors.ts';

const answer = { pets: [{ name: 'Rex', owner: null }, { score: null }] };
const isRelevant = (lost: PlacedError['lost']) =>
  relevantErrors([{ error: new GraphQLError('failed'), lost }], answer, {
    responseName: (key) => key.replace('__client', ''),
    isNeeded: (key) => key === 'id',
  }).length === 1;

describe('an error of a subgraph', () => {
  it('is told where the answer lacks what it cost', () => {
    expect(isRelevant([['pets', 1, 'score']])).toBe(true);
    expect(isRelevant([['pets', 0, 'owner', 'age']])).toBe(true);
    expect(isRelevant(undefined)).toBe(true);
  });

  it('is told where it cost what others require', () => {
    expect(isRelevant([['pets', 0, 'id']])).toBe(true);
  });

  it('is not told for the sake of a client’s name that is called like what others require', () => {
    expect(isRelevant([['pets', 0, 'id__client']])).toBe(false);
    expect(isRelevant([['pets', 0, 'name__client']])).toBe(true);
  });

  it('is not told where nobody asked for the field, nor for another of the entity that was lost with it', () => {
    expect(isRelevant([['pets', 0, 'score']])).toBe(false);
    expect(
      isRelevant([
        ['pets', 0, 'score'],
        ['pets', 0, 'stars'],
      ]),
    ).toBe(false);
    expect(
      isRelevant([
        ['pets', 0, 'score'],
        ['pets', 0, 'name'],
      ]),
    ).toBe(true);
  });
});
