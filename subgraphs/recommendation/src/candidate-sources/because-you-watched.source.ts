/**
 * Titles that people watched who watched what this viewer watched or liked lately: item-item co-watch. A
 * title near several seeds adds them up; `because` names the seeds, the one that says most first.
 */
import type { TitleFacts, TitleTable } from '@marquee/features';
import type { CandidateSource, Proposal } from '@marquee/pipeline';
import { createEligibility } from '../home/eligibility.ts';
import type { HomeQuery } from '../home/home-query.ts';
import { SOURCE } from '../home/source-names.ts';

/** Each older seed counts a little less than the one after it. */
const SEED_DISCOUNT = 0.93;
const MAX_REASONS = 3;

interface Found {
  score: number;
  readonly seeds: { id: string; share: number }[];
  readonly item: TitleFacts;
}

export function becauseYouWatchedSource(titles: TitleTable): CandidateSource<HomeQuery> {
  return {
    kind: 'candidate-source',
    name: SOURCE.becauseYouWatched,
    requires: ['seeds', 'neighboursOfSeeds', 'titlesOfViewer', 'state', 'now', 'filter', 'excludeTitleIds'],
    quota: 400,
    onFailure: 'omit',
    timeoutMs: 60,
    applies: ({ neighboursOfSeeds }) => neighboursOfSeeds.length > 0,
    async propose(query) {
      const eligibility = createEligibility(titles, query);
      const found = new Map<string, Found>();
      let weight = 1;
      for (const [i, seed] of query.seeds.entries()) {
        for (const { titleId, score } of query.neighboursOfSeeds[i]?.neighbours ?? []) {
          const share = weight * score;
          const known = found.get(titleId);
          if (known === undefined) {
            const item = eligibility.proposable(titleId);
            if (item !== undefined)
              found.set(titleId, { score: share, seeds: [{ id: seed.titleId, share }], item });
          } else {
            known.score += share;
            known.seeds.push({ id: seed.titleId, share });
          }
        }
        weight *= SEED_DISCOUNT;
      }
      return Array.from(
        found.values(),
        ({ score, seeds, item }): Proposal => ({
          // The table's own string: see `TitleTable.idOf`.
          id: item.id,
          score,
          because: seeds
            .sort((a, b) => b.share - a.share)
            .slice(0, MAX_REASONS)
            .map((seed) => seed.id),
          item,
        }),
      ).sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
    },
  };
}
