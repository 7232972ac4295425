import { silentLogger } from '@marquee/service-kit';
import { createExactVectorIndex } from '@marquee/vector-index/exact';
import { expect, onTestFinished, test } from 'vitest';
import { queryOf } from '../test/candidates.ts';
import { similarToSeedsSource } from './similar-to-seeds.source.ts';

const context = { remainingMs: () => 5_000, signal: new AbortController().signal, random: Math.random };

test('a title names the seeds it is like, the one that is most like it first, and no seed names itself', async () => {
  const index = createExactVectorIndex({ dimensions: 3, logger: silentLogger });
  await index.start();
  onTestFinished(() => index.stop());
  const payload = { genreIds: [], kind: 'MOVIE', maturityLevel: 0, availability: [{ from: 0 }] };
  const seedVectors = [Float32Array.of(1, 0, 0), Float32Array.of(0, 1, 0), Float32Array.of(0, 0, 1)];
  await index.upsert([
    ...seedVectors.map((vector, i) => ({ id: `seed${i}`, vector, payload })),
    // Like the second most, then the third; the first is the latest.
    { id: 'film', vector: Float32Array.of(0.2, 0.9, 0.5), payload },
  ]);
  const seeds = seedVectors.map((_, i) => ({ titleId: `seed${i}`, how: 'watched' as const, at: -i }));
  const proposals = await similarToSeedsSource(index).propose(queryOf({ seeds, seedVectors }), context);
  const film = proposals.find(({ id }) => id === 'film')!;
  expect(film.because).toEqual(['seed1', 'seed2', 'seed0']);
  expect(film.score).toBeCloseTo(0.9, 6);
  for (const { id, because } of proposals) expect(because).not.toContain(id);
});
