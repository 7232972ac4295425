import { GraphQLError } from 'graphql';
import { describe, expect, it } from 'vitest';
import { relevantErrors } from './relevant-errors.ts';
import type { FailedFetch, Lost, Path, PlacedError } from './subgraph-errors.ts';

const answer = { pets: [{ name: 'Rex', owner: null }, { score: null }] };
const keys = {
  responseName: (key: string) => key.replace('__client', ''),
  isNeeded: (key: string) => key === 'id',
};
const fetchOf = (): FailedFetch => ({}) as FailedFetch;

interface Given extends Lost {
  readonly path?: Path;
  readonly fetch?: FailedFetch;
  readonly source?: unknown;
}

function placedError({ path, at, fields, fetch = fetchOf(), source = {} }: Given): PlacedError {
  const error = new GraphQLError('failed', path && { path });
  return { error, source, fetch, lost: () => ({ at, ...(fields && { fields }) }) };
}

const told = (...given: readonly Given[]) => relevantErrors(given.map(placedError), answer, keys).length;
const isTold = (path: Path) => told({ path, at: [path] }) === 1;

describe('an error of a subgraph', () => {
  it('is told where the answer lacks what it cost', () => {
    expect(isTold(['pets', 1, 'score'])).toBe(true);
    expect(isTold(['pets', 0, 'owner', 'age'])).toBe(true);
    expect(told({ at: [] })).toBe(1);
  });

  it('is told where it cost what others require', () => {
    expect(isTold(['pets', 0, 'id'])).toBe(true);
  });

  it('is not told for the sake of a client’s name that is called like what others require', () => {
    expect(isTold(['pets', 0, 'id__client'])).toBe(false);
    expect(isTold(['pets', 0, 'name__client'])).toBe(true);
  });

  it('is not told where nobody asked for the field, nor for another of the entity that was lost with it', () => {
    const path = ['pets', 0, 'score'];
    expect(isTold(path)).toBe(false);
    expect(told({ path, at: [['pets', 0]], fields: ['score', 'stars'] })).toBe(0);
    expect(told({ path, at: [['pets', 0]], fields: ['score', 'name'] })).toBe(1);
  });

  it('is told once of a field that several fetches were to bring, and as often as one of them says', () => {
    const path = ['pets', 1, 'score'];
    const field = { path, at: [path] };
    expect(told(field, field)).toBe(1);
    const fetch = fetchOf();
    expect(told({ ...field, fetch }, { ...field, fetch }, field)).toBe(2);
    // One of them has lost its whole object with it.
    expect(told(field, { path, at: [['pets', 1]], fields: ['id', 'score'] })).toBe(1);
    expect(told(field, { path: ['pets', 0, 'owner'], at: [['pets', 0, 'owner']] })).toBe(2);
  });

  it('is told of each subgraph that did not find an entity', () => {
    const path = ['pets', 1];
    const score = { path, at: [path], fields: ['score'] };
    const id = { path, at: [path], fields: ['id'] };
    expect(told(score, id)).toBe(2);
    expect(told(score, score)).toBe(1);
  });

  it('without a place is told once of fetches that were sent as one', () => {
    const source = new Error('gone');
    expect(told({ at: [['pets', 0]], source }, { at: [['pets', 1]], source })).toBe(1);
    expect(told({ at: [['pets', 0]] }, { at: [['pets', 1]] })).toBe(2);
  });
});
