/** What joined the catalogue lately, newest first. */
import { DAY_MS } from '@marquee/domain';
import type { TitleTable } from '@marquee/features';
import type { CandidateSource, Proposal } from '@marquee/pipeline';
import { createEligibility } from '../home/eligibility.ts';
import type { HomeQuery } from '../home/home-query.ts';
import { sharedFacts } from '../home/shared-facts.ts';
import { SOURCE } from '../home/source-names.ts';

const QUOTA = 100;
/** Older than this is not new, however little came after it. */
const NEW_WITHIN_MS = 180 * DAY_MS;
const MAX_LOOKED_AT = 5_000;

export function newReleasesSource(titles: TitleTable): CandidateSource<HomeQuery> {
  return {
    kind: 'candidate-source',
    name: SOURCE.newReleases,
    requires: ['titlesOfViewer', 'state', 'now', 'filter', 'excludeTitleIds'],
    quota: QUOTA,
    onFailure: 'omit',
    timeoutMs: 50,
    async propose(query) {
      const newest = titles.newest();
      if (arrivedAtOnce(titles, newest)) return [];
      const factsOf = sharedFacts(titles, newest, query.state.maturityLimit);
      const { admits } = createEligibility(titles, query);
      const proposals: Proposal[] = [];
      for (let i = 0; i < newest.length && i < MAX_LOOKED_AT && proposals.length < QUOTA; i++) {
        const item = factsOf(i);
        const addedAt = item?.addedAt ?? 0;
        if (query.now - addedAt > NEW_WITHIN_MS) break;
        if (item !== undefined && addedAt <= query.now && admits(item)) {
          proposals.push({ id: newest[i]!, score: addedAt, item });
        }
      }
      return proposals;
    },
  };
}

/** A catalogue imported in one go says nothing about what is new. */
function arrivedAtOnce(titles: TitleTable, newest: readonly string[]): boolean {
  const first = titles.get(newest[0] ?? '');
  const last = titles.get(newest[newest.length - 1] ?? '');
  return newest.length > 1 && first?.addedAt === last?.addedAt;
}
