/** Titles by and with the people the viewer follows, newest first. `because` names the people. */
import type { TitleTable } from '@marquee/features';
import type { CandidateSource, Proposal } from '@marquee/pipeline';
import { createEligibility } from '../home/eligibility.ts';
import type { HomeQuery } from '../home/home-query.ts';
import { SOURCE } from '../home/source-names.ts';

const QUOTA = 100;
const PER_PERSON = 30;

export function followedPeopleSource(titles: TitleTable): CandidateSource<HomeQuery> {
  return {
    kind: 'candidate-source',
    name: SOURCE.followedPeople,
    requires: ['titlesOfViewer', 'state', 'now', 'filter', 'excludeTitleIds'],
    quota: QUOTA,
    onFailure: 'omit',
    timeoutMs: 50,
    applies: ({ state }) => state.followedPersonIds.length > 0,
    async propose(query) {
      const eligibility = createEligibility(titles, query);
      const people = new Map<string, string[]>();
      for (const personId of query.state.followedPersonIds) {
        let taken = 0;
        for (const titleId of titles.titlesOfPerson(personId)) {
          if (taken === PER_PERSON) break;
          if (!eligibility.mayPropose(titleId)) continue;
          taken++;
          const known = people.get(titleId);
          if (known === undefined) people.set(titleId, [personId]);
          else known.push(personId);
        }
      }
      return Array.from(people, ([id, because]): Proposal => {
        // Two followed people in one title outweigh its age.
        return { id, because, score: (titles.get(id)?.releaseYear ?? 1900) + 100 * (because.length - 1) };
      }).sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
    },
  };
}
