import { expect, it } from 'vitest';
import { chooseDistinctive } from './distinctive-personas.ts';

const profile = (id: string, watches: number, shares: Record<string, number>) => ({
  id,
  name: id,
  watches,
  shares: new Map(Object.entries(shares)),
});

it('personas are one per genre, by how much they stand out from everybody', () => {
  const chosen = chooseDistinctive([
    profile('everybody-1', 50, { drama: 0.8, horror: 0.1, western: 0.1 }),
    profile('everybody-2', 50, { drama: 0.9, horror: 0.05, western: 0.05 }),
    profile('horror-mild', 50, { drama: 0.6, horror: 0.4 }),
    profile('horror-fan', 50, { drama: 0.1, horror: 0.9 }),
    profile('western-fan', 50, { drama: 0.4, western: 0.6 }),
    profile('western-once', 1, { western: 1 }),
  ]);
  expect(chosen.map(({ id, genreIds }) => [id, genreIds[0]])).toEqual([
    ['horror-fan', 'horror'],
    ['everybody-2', 'drama'],
    ['western-fan', 'western'],
  ]);
});
