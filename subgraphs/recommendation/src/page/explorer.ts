/**
 * Draws titles for exploration slots, by the policy that the viewer's experiments or the configuration name. Seeded, so that
 * the same page is drawn again; every draw comes with the probability that it was made with, given the pool, what is known of it, and
 * what was drawn before on the page.
 *
 * What the viewer should think of a title nobody has tried is the ranker's guess, good enough to choose among the untried by:
 * it tilts what is owed and what the policy believes before anything was counted.
 */
import { createRandom, DEFAULT_SEGMENT, hash32 } from '@marquee/domain';
import {
  drawSlot,
  type Evidence,
  owedImpressions,
  policyOf,
  posteriorsOf,
  type SlotPool,
} from '@marquee/exploration';
import { PopularityCursor, type PopularityNow } from '@marquee/features';
import type { HomeCandidate } from '../home/home-candidate.ts';
import type { HomeQuery } from '../home/home-query.ts';

/** How much more often, of two titles that are owed as much, the best of the pool is drawn than the last. */
const BEST_OVER_LAST = 60;
/** What the policy expects of the best of the pool and of the last before anything was counted, against the usual. */
const MOST_LIFT = 2;
/** In so many steps, so that most arms are alike and are worked out once. */
const LIFT_STEPS = 4;

export interface Explorer {
  /**
   * Takes one of the titles that `accepts`, of those not taken before; undefined when there is none. `propensity` is given
   * what was taken before.
   */
  draw(
    accepts: (candidate: HomeCandidate) => boolean,
  ): { readonly candidate: HomeCandidate; readonly propensity: number } | undefined;
}

export interface ExplorerOptions {
  readonly pool: readonly HomeCandidate[];
  readonly query: Pick<HomeQuery, 'explorationSettings' | 'state' | 'now'>;
  readonly seed: number;
}

export function createExplorer({ pool, query, seed }: ExplorerOptions): Explorer {
  const { explorationSettings: settings, now } = query;
  // Not in the order of their value, which changes with the model: the same pool is drawn from alike.
  const arms = [...pool].sort((a, b) => (a.id < b.id ? -1 : 1));
  const cursor = new PopularityCursor(now);
  const counts = arms.map((arm) => countsOf(arm, query, cursor));
  const standing = standings(arms);
  const slots: SlotPool = {
    chooser: policyOf(settings).prepare(
      posteriorsOf(counts.map((own, i) => ({ ...evidenceOf(own), lift: liftAt(standing[i]!) }))),
    ),
    owed: arms.map(({ facts }, i) => {
      const { title, inSegment } = counts[i]!;
      const shown = {
        addedAt: facts.addedAt,
        impressions: title.impressionsTotal,
        inSegment: inSegment.impressionsTotal,
        recent: title.impressions7d,
      };
      return owedImpressions(settings.guarantee, shown, now) * BEST_OVER_LAST ** (standing[i]! - 1);
    }),
    owedShare: settings.guarantee.share,
  };
  const random = createRandom(hash32('exploration', seed));
  const gone = new Uint8Array(arms.length);
  return {
    draw(accepts) {
      const among: number[] = [];
      for (let i = 0; i < arms.length; i++) if (gone[i] === 0 && accepts(arms[i]!)) among.push(i);
      const drawn = drawSlot(slots, among, random.next);
      if (drawn === undefined) return undefined;
      gone[drawn.arm] = 1;
      return { candidate: arms[drawn.arm]!, propensity: drawn.propensity };
    },
  };
}

/** By score, in their order: 1 is the best of them and 0 the last; equal scores stand alike, half-way where all are equal. */
function standings(arms: readonly HomeCandidate[]): Float64Array {
  const scores = Float64Array.from(arms, ({ score }) => (Number.isFinite(score) ? score : 0));
  if (scores.length === 1) return Float64Array.of(0.5);
  const order = Uint32Array.from(scores.keys()).sort((a, b) => scores[a]! - scores[b]!);
  const standing = new Float64Array(scores.length);
  const last = scores.length - 1;
  for (let first = 0, next = 0; first < order.length; first = next) {
    while (next < order.length && scores[order[next]!] === scores[order[first]!]) next++;
    for (let place = first; place < next; place++) standing[order[place]!] = (first + next - 1) / 2 / last;
  }
  return standing;
}

/** From 1 / MOST_LIFT for the last to MOST_LIFT for the best, in steps. */
function liftAt(standing: number): number {
  return MOST_LIFT ** ((2 * Math.round(standing * LIFT_STEPS)) / LIFT_STEPS - 1);
}

interface ArmCounts {
  readonly title: ShownCounts;
  readonly inSegment: ShownCounts;
}

type ShownCounts = Pick<PopularityNow, 'impressionsTotal' | 'impressions7d' | 'watches7d'>;

function countsOf(
  arm: HomeCandidate,
  { state }: Pick<HomeQuery, 'state'>,
  cursor: PopularityCursor,
): ArmCounts {
  const title = shownIn(cursor.at(arm.popularity, arm.popularityAt));
  const inSegment =
    state.segment === DEFAULT_SEGMENT ? title : shownIn(cursor.at(arm.inSegment, arm.inSegmentAt));
  return { title, inSegment };
}

function shownIn({ impressionsTotal, impressions7d, watches7d }: PopularityNow): ShownCounts {
  return { impressionsTotal, impressions7d, watches7d };
}

/** Both with a half-life of seven days. */
function evidenceOf({ title, inSegment }: ArmCounts): Evidence {
  return {
    title: { impressions: title.impressions7d, watches: title.watches7d },
    inSegment: { impressions: inSegment.impressions7d, watches: inSegment.watches7d },
  };
}
