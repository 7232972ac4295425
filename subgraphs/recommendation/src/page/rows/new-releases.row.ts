/** What joined the catalogue lately, best for this viewer first. */
import { DAY_MS } from '@marquee/domain';
import { isFrom } from '../../home/home-candidate.ts';
import { SOURCE } from '../../home/source-names.ts';
import { ROW_LIMIT, type RowPlanner } from '../row-plan.ts';

const EXPLORED_WITHIN_MS = 60 * DAY_MS;

export const newReleasesRow: RowPlanner = ({ discoveries, minimum, query }) => [
  {
    key: 'new-releases',
    kind: 'NEW_RELEASES',
    headline: 'New on Marquee',
    pool: discoveries.filter((candidate) => isFrom(candidate, SOURCE.newReleases)),
    minimum,
    limit: ROW_LIMIT,
    capped: true,
    explores: ({ facts }) => query.now - facts.addedAt <= EXPLORED_WITHIN_MS,
    weight: 0.9,
  },
];
