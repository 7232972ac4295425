/**
 * Titles with the content of one recent seed: what "because you watched" can offer where too few people have
 * watched the seed to say what else they watched. One batch of searches for all seeds. `because` names the seeds that
 * are like a title, the one that is most like it first.
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
      const found = new Map<string, { seedId: string; score: number }[]>();
      for (const [i, { titleId: seedId }] of seeds.entries()) {
        for (const { id, score } of answers[i] ?? []) {
          if (id === seedId) continue;
          const known = found.get(id);
          if (known === undefined) found.set(id, [{ seedId, score }]);
          else known.push({ seedId, score });
        }
      }
      return Array.from(found, ([id, by]): Proposal => {
        by.sort((a, b) => b.score - a.score);
        return { id, score: by[0]!.score, because: by.map(({ seedId }) => seedId) };
      }).sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
    },
  };
}
