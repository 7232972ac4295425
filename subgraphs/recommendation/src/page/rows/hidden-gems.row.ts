/** Titles the viewer should like and few have found: outside the most watched, and well spoken of. */
import { ratingOf } from '../../home/rating.ts';
import { ROW_LIMIT, type RowPlanner } from '../row-plan.ts';

/** The best known fifth of the popular list, but not fewer than these. */
const MIN_WELL_KNOWN = 100;
const WELL_KNOWN_SHARE = 0.2;

export const hiddenGemsRow: RowPlanner = ({ discoveries, query, minimum }) => {
  const { popular } = query.lists;
  const size = Math.max(MIN_WELL_KNOWN, popular.length * WELL_KNOWN_SHARE);
  const wellKnown = new Set(popular.slice(0, size).map(({ titleId }) => titleId));
  const obscure = discoveries.filter(({ id }) => !wellKnown.has(id));
  const ratings = obscure.map(({ facts }) => ratingOf(facts)).sort((a, b) => b - a);
  const good = ratings[Math.floor(ratings.length / 2)] ?? 0;
  return [
    {
      key: 'hidden-gems',
      kind: 'HIDDEN_GEMS',
      headline: 'Hidden gems',
      pool: obscure.filter(({ facts }) => ratingOf(facts) >= good),
      minimum,
      limit: ROW_LIMIT,
      capped: true,
      explores: () => true,
      weight: 0.8,
    },
  ];
};
