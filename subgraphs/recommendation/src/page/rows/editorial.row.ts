/** What the editors chose, in their order; where there are none, what critics and audiences rated best. */
import { isFrom, provenanceFrom } from '../../home/home-candidate.ts';
import { SOURCE } from '../../home/source-names.ts';
import { ROW_LIMIT, type RowPlanner } from '../row-plan.ts';

export const editorialRow: RowPlanner = ({ discoveries, editorial, minimum }) => [
  {
    key: 'editorial',
    kind: 'EDITORIAL',
    headline: editorial.headline,
    pool: discoveries
      .filter((candidate) => isFrom(candidate, SOURCE.editorial))
      .sort((a, b) => provenanceFrom(a, SOURCE.editorial)!.rank - provenanceFrom(b, SOURCE.editorial)!.rank),
    minimum,
    limit: ROW_LIMIT,
    weight: 0.7,
  },
];
