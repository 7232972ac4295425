/**
 * How strict the loop is with models. As strict as a few hundred viewers allow: whatever harm they can show within two or three days is looked
 * for with the same error rates as in an installation, smaller harm cannot be told from chance and is let pass.
 */
import { DAY_MS, HOUR_MS } from '@marquee/domain';
import { DEFAULT_POLICY, type PromotionPolicy } from '@marquee/model-promoter';

/** Of the viewers: with few of them both arms are needed large. */
export const CANARY_SHARE = 0.5;
/** Of control's figures that may be lost. With an installation's tenth some 2,000 viewers per arm would have to come. */
const MARGIN = 1 / 3;
/** Eight abandonments in a hundred plays, eight hides in a hundred sessions: measured, an arm has a standard error of three in two days. */
const TOLERANCE = 4;
/** On so few pages a ranker that knows little puts more titles first, by a seventh: the order of popularity loses a third. */
const COVERAGE_TOLERANCE = 0.2;
/** Of the audience, in the smaller arm, before a canary may take over. */
const LEAST_ARM = 0.25;

/** @param profiles of the audience. Default 300 */
export function loopPolicy(visitsPerDay: number, profiles = 300): PromotionPolicy {
  return {
    ...DEFAULT_POLICY,
    // A holdout set of some hundred watches; and what is late is not the model, other work shares the machine.
    gates: {
      ...{ latencyBudgetMs: 1_000, ndcgTolerance: 0.03, logLossTolerance: 0.03 },
      coverageTolerance: COVERAGE_TOLERANCE,
    },
    shadow: { slates: Math.max(5, Math.floor(visitsPerDay * 0.1)), latencyMs: 2_000 },
    canaryShare: CANARY_SHARE,
    canary: {
      profiles: Math.max(30, Math.floor(profiles * LEAST_ARM)),
      atLeastMs: 12 * HOUR_MS,
      atMostMs: 4 * DAY_MS,
      margin: MARGIN,
      tolerance: TOLERANCE,
    },
  };
}
