/** Titles the viewer should like and few have found: little known in this catalogue, and well spoken of. */
import type { HomeCandidate } from '../../home/home-candidate.ts';
import { ROW_LIMIT, type RowPlanner } from '../row-plan.ts';

/** The better known fifth of a catalogue holds nothing hidden. */
const KNOWN_BELOW = 0.8;
/** A gem is better liked than most of what people watch. */
const LIKED_FROM = 0.55;

export const hiddenGemsRow: RowPlanner = ({ discoveries, standings, minimum }) => {
  /** @param unheard what to say of a title that nobody has said anything of. */
  const isGem = (candidate: HomeCandidate, unheard: boolean): boolean => {
    const liked = likedIfUnknown(candidate);
    return liked === 'unheard' ? unheard : liked;
  };
  // A title is asked about once for the row, and then for each of its exploration slots.
  const asked = new Map<HomeCandidate, boolean | 'unheard'>();
  const likedIfUnknown = (candidate: HomeCandidate): boolean | 'unheard' => {
    let answer = asked.get(candidate);
    if (answer === undefined) {
      const standing = standings.of(candidate.facts, candidate);
      if (standing === undefined || standing.known >= KNOWN_BELOW) answer = false;
      else {
        const { liked } = standing;
        answer = liked === undefined ? 'unheard' : liked >= LIKED_FROM;
      }
      asked.set(candidate, answer);
    }
    return answer;
  };
  return [
    {
      key: 'hidden-gems',
      kind: 'HIDDEN_GEMS',
      headline: 'Hidden gems',
      pool: discoveries.filter((candidate) => isGem(candidate, false)),
      minimum,
      limit: ROW_LIMIT,
      capped: true,
      explores: (candidate) => isGem(candidate, true),
      // A title's value is for a good part that it is well known; what few have found is worth more than it says.
      weight: 1.3,
    },
  ];
};
