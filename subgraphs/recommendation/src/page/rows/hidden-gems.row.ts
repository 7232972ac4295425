/** Titles the viewer should like and few have found: little known in this catalogue, and well spoken of. */
import type { HomeCandidate } from '../../home/home-candidate.ts';
import { ROW_LIMIT, type RowPlanner } from '../row-plan.ts';

/** The better known fifth of a catalogue holds nothing hidden. */
const KNOWN_BELOW = 0.8;
/** A gem is better liked than most of what people watch. */
const LIKED_FROM = 0.55;

export const hiddenGemsRow: RowPlanner = ({ discoveries, standings, minimum }) => {
  /** 'unheard': little known, and nobody has said anything of it. */
  const likedIfUnknown = (candidate: HomeCandidate): boolean | 'unheard' => {
    const standing = standings.of(candidate.facts, candidate);
    if (standing === undefined || standing.known >= KNOWN_BELOW) return false;
    const { liked } = standing;
    return liked === undefined ? 'unheard' : liked >= LIKED_FROM;
  };
  // Titles of the exploration pool are asked about for each of the row's slots.
  const asked = new Map<HomeCandidate, boolean>();
  const explores = (candidate: HomeCandidate): boolean => {
    let answer = asked.get(candidate);
    if (answer === undefined) {
      answer = likedIfUnknown(candidate) !== false;
      asked.set(candidate, answer);
    }
    return answer;
  };
  return [
    {
      key: 'hidden-gems',
      kind: 'HIDDEN_GEMS',
      headline: 'Hidden gems',
      pool: discoveries.filter((candidate) => likedIfUnknown(candidate) === true),
      minimum,
      limit: ROW_LIMIT,
      capped: true,
      explores,
      // A title's value is for a good part that it is well known; what few have found is worth more than it says.
      weight: 1.3,
    },
  ];
};
