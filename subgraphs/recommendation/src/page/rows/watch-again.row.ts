/** Finished titles for another evening. */
import { isFrom, provenanceFrom } from '../../home/home-candidate.ts';
import { SOURCE } from '../../home/source-names.ts';
import type { RowPlanner } from '../row-plan.ts';

const LIMIT = 20;

export const watchAgainRow: RowPlanner = ({ ranked, minimum }) => [
  {
    key: 'watch-again',
    kind: 'WATCH_AGAIN',
    headline: 'Watch again',
    pool: ranked
      .filter((candidate) => isFrom(candidate, SOURCE.watchAgain))
      .sort(
        (a, b) => provenanceFrom(a, SOURCE.watchAgain)!.rank - provenanceFrom(b, SOURCE.watchAgain)!.rank,
      ),
    minimum,
    limit: LIMIT,
    weight: 0.5,
  },
];
