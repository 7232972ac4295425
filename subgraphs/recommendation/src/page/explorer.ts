/**
 * Draws titles of the exploration pool for slots, by the policy that the viewer's experiments or the configuration name.
 * Seeded, so that the same page is drawn again; every draw comes with the probability that it was made with.
 */
import { createRandom, DEFAULT_SEGMENT, hash32 } from '@marquee/domain';
import {
  drawSlot,
  type Evidence,
  isOwedImpressions,
  policyOf,
  posteriorsOf,
  type SlotPool,
} from '@marquee/exploration';
import { type PopularityNow, readPopularity } from '@marquee/features';
import type { HomeCandidate } from '../home/home-candidate.ts';
import type { HomeQuery } from '../home/home-query.ts';

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
  const counts = arms.map((arm) => countsOf(arm, query));
  const slots: SlotPool = {
    chooser: policyOf(settings).prepare(posteriorsOf(counts.map(evidenceOf))),
    owed: arms.map(({ facts }, i) =>
      isOwedImpressions(
        settings.guarantee,
        {
          addedAt: facts.addedAt,
          impressions: counts[i]!.title.impressionsTotal,
          inSegment: counts[i]!.inSegment.impressionsTotal,
        },
        now,
      ),
    ),
    owedShare: settings.guarantee.share,
  };
  const random = createRandom(hash32('exploration', seed));
  const left = new Set(arms.keys());
  return {
    draw(accepts) {
      const among = [...left].filter((i) => accepts(arms[i]!));
      const drawn = drawSlot(slots, among, random.next);
      if (drawn === undefined) return undefined;
      left.delete(drawn.arm);
      return { candidate: arms[drawn.arm]!, propensity: drawn.propensity };
    },
  };
}

interface ArmCounts {
  readonly title: PopularityNow;
  readonly inSegment: PopularityNow;
}

function countsOf(arm: HomeCandidate, { state, now }: Pick<HomeQuery, 'state' | 'now'>): ArmCounts {
  const title = readPopularity(arm.popularity, arm.popularityAt, now);
  const inSegment =
    state.segment === DEFAULT_SEGMENT ? title : readPopularity(arm.inSegment, arm.inSegmentAt, now);
  return { title, inSegment };
}

/** Both with a half-life of seven days. */
function evidenceOf({ title, inSegment }: ArmCounts): Evidence {
  return {
    title: { impressions: title.impressions7d, watches: title.watches7d },
    inSegment: { impressions: inSegment.impressions7d, watches: inSegment.watches7d },
  };
}
