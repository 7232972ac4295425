/**
 * Titles with the content of one recent seed: what "because you watched" can offer where too few people have
 * watched the seed to say what else they watched. One batch of searches for all seeds.
 */
import type { CandidateSource, Proposal } from '@marquee/pipeline';
import { deadlineAfter } from '@marquee/service-kit';
import type { VectorIndex } from '@marquee/vector-index';
import type { HomeQuery } from '../home/home-query.ts';
import { SOURCE } from '../home/source-names.ts';
import { vectorFilterOf } from '../home/vector-filter.ts';

/** As many as there are rows about a seed; each costs a scan of the catalogue. */
const MAX_SEEDS = 3;
const PER_SEED = 60;

export function similarToSeedsSource(vectorIndex: VectorIndex): CandidateSource<HomeQuery> {
  return {
    kind: 'candidate-source',
    name: SOURCE.similarToSeeds,
    requires: ['seeds', 'seedVectors', 'titlesOfViewer', 'state', 'now', 'filter', 'excludeTitleIds'],
    quota: MAX_SEEDS * PER_SEED,
    onFailure: 'omit',
    timeoutMs: 200,
    applies: ({ seedVectors }) => seedVectors.some((vector) => vector !== undefined),
    async propose(query, context) {
      const filter = vectorFilterOf(query);
      const deadline = deadlineAfter(context.remainingMs());
      const seeds = query.seeds
        .map(({ titleId }, i) => ({ titleId, vector: query.seedVectors[i] }))
        .filter((seed): seed is { titleId: string; vector: Float32Array } => seed.vector !== undefined)
        .slice(0, MAX_SEEDS);
      const answers = await vectorIndex.search(
        seeds.map(({ vector }) => ({ vector, k: PER_SEED, filter, deadline })),
      );
      const best = new Map<string, { score: number; because: string[] }>();
      for (const [i, { titleId }] of seeds.entries()) {
        for (const { id, score } of answers[i] ?? []) {
          if (id === titleId) continue;
          const known = best.get(id);
          if (known === undefined) best.set(id, { score, because: [titleId] });
          else if (score > known.score) best.set(id, { score, because: [titleId, ...known.because] });
          else known.because.push(titleId);
        }
      }
      return Array.from(best, ([id, { score, because }]): Proposal => ({ id, score, because })).sort(
        (a, b) => b.score - a.score || (a.id < b.id ? -1 : 1),
      );
    },
  };
}
