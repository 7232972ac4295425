/**
 * Chooses which of a title's pictures a viewer sees. Arms are the pictures; what is believed of them comes from what was seen and
 * begun with each in the viewer's segment, completed by each with everybody and by the title's own rate. What is known changes
 * once a day and the draw is seeded by viewer, title and day, so nobody sees a title change its picture in between, on whichever
 * page or process; and the probabilities are worked out once a day for all viewers of a segment.
 */
import { type ArtworkChoice, hash32 } from '@marquee/domain';
import { type ExplorationSettings, pick, policyOf, posteriorsOf } from '@marquee/exploration';
import type { ArtworkSnapshot, TitleFacts } from '@marquee/features';
import type { ArtworkCounts } from '../home/artwork-counts.ts';
import type { HomeQuery } from '../home/home-query.ts';

/** Undefined: the title's own picture. */
export type ArtworkChooser = (facts: TitleFacts) => ArtworkChoice | undefined;

type ChooserQuery = Pick<HomeQuery, 'artworkCounts' | 'profileId' | 'explorationSettings' | 'exploration'>;

/** Of the probabilities that are drawn from and logged: four digits tell as much and take a quarter of the place. */
const STEPS = 10_000;

/** Undefined where every title has its own: for nobody in particular, from whom nothing comes back, and where nothing can be read. */
export function createArtworkChooser(query: ChooserQuery): ArtworkChooser | undefined {
  const { artworkCounts: counts, profileId, explorationSettings: settings, exploration } = query;
  if (counts === undefined || profileId === undefined || !exploration) return undefined;
  return ({ id, artworkVariants = 1 }) => {
    if (artworkVariants < 2) return undefined;
    const probabilities = probabilitiesOf(counts, settings, id, artworkVariants);
    const drawn = hash32(`${profileId}\n${id}`, counts.everybody.day) / 2 ** 32;
    return { variant: pick(probabilities, () => drawn), probabilities };
  };
}

/** By snapshot, then by policy and title: goes with the snapshot. */
const known = new WeakMap<ArtworkCounts, Map<string, readonly number[]>>();
const MOST_KNOWN = 50_000;

function probabilitiesOf(
  counts: ArtworkCounts,
  settings: ExplorationSettings,
  titleId: string,
  variants: number,
): readonly number[] {
  let ofSnapshot = known.get(counts);
  if (ofSnapshot === undefined || ofSnapshot.size >= MOST_KNOWN) {
    ofSnapshot = new Map();
    known.set(counts, ofSnapshot);
  }
  const key = `${settings.policy} ${settings.epsilon} ${variants} ${titleId}`;
  let probabilities = ofSnapshot.get(key);
  if (probabilities === undefined) {
    const evidence = Array.from({ length: variants }, (_, variant) => ({
      title: countsOf(counts.everybody, titleId, variant),
      inSegment: countsOf(counts.inSegment, titleId, variant),
    }));
    const arms = evidence.map((_, i) => i);
    probabilities = inSteps(policyOf(settings).prepare(posteriorsOf(evidence)).probabilities(arms));
    ofSnapshot.set(key, probabilities);
  }
  return probabilities;
}

function countsOf({ counts }: ArtworkSnapshot, titleId: string, variant: number) {
  const [impressions, watches] = (Object.hasOwn(counts, titleId) && counts[titleId]![variant]) || NOTHING;
  return { impressions, watches };
}

const NOTHING = [0, 0] as const;

/** The likeliest takes what rounding leaves, so that they still sum to one. */
function inSteps(probabilities: ArrayLike<number>): readonly number[] {
  const steps = Array.from(probabilities, (probability) => Math.round(probability * STEPS));
  const total = steps.reduce((sum, step) => sum + step, 0);
  steps[steps.indexOf(Math.max(...steps))]! += STEPS - total;
  return steps.map((step) => step / STEPS);
}
