/** How strict promotions are, as every process that promotes is told. */
import { DAY_MS, HOUR_MS } from '@marquee/domain';
import { z } from 'zod';
import { DEFAULT_POLICY, type PromotionPolicy } from './promote-step.ts';

export const PROMOTION_VARIABLES = {
  /** `off`: stages change by hand only. */
  MARQUEE_PROMOTION: z.enum(['on', 'off']).default('on'),
  /** Pages that a model looks at in shadow. */
  MARQUEE_SHADOW_PAGES: z.coerce.number().int().min(1).max(1_000_000).default(200),
  /** Of the profiles, that a canary serves. */
  MARQUEE_CANARY_SHARE: z.coerce.number().gt(0).lt(1).default(DEFAULT_POLICY.canaryShare),
  /** Profiles of the smaller arm before a canary may take over. */
  MARQUEE_CANARY_PROFILES: z.coerce.number().int().min(30).max(10_000_000).default(500),
  /** How long a canary serves before it may take over. */
  MARQUEE_CANARY_HOURS: z.coerce
    .number()
    .min(0)
    .max(24 * 90)
    .default(24),
  /** After so many days a canary that could not be told to be harmless is stopped. */
  MARQUEE_CANARY_DAYS: z.coerce.number().gt(0).max(365).default(14),
  /** Share of control's figures that may be lost, as far as the interval goes. */
  MARQUEE_CANARY_MARGIN: z.coerce.number().gt(0).max(1).default(0.1),
};

const variables = z.object(PROMOTION_VARIABLES);

/** Undefined where stages change by hand only. */
export function toPromotionPolicy(values: z.infer<typeof variables>): PromotionPolicy | undefined {
  if (values.MARQUEE_PROMOTION === 'off') return undefined;
  return {
    ...DEFAULT_POLICY,
    shadow: { slates: values.MARQUEE_SHADOW_PAGES },
    canaryShare: values.MARQUEE_CANARY_SHARE,
    canary: {
      profiles: values.MARQUEE_CANARY_PROFILES,
      atLeastMs: values.MARQUEE_CANARY_HOURS * HOUR_MS,
      atMostMs: values.MARQUEE_CANARY_DAYS * DAY_MS,
      margin: values.MARQUEE_CANARY_MARGIN,
    },
  };
}
