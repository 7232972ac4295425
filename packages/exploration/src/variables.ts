/** What a process is told about exploration by its environment. */
import { z } from 'zod';
import { DEFAULT_GUARANTEE } from './guarantee.ts';
import { DEFAULT_ROW_ORDER } from './row-order.ts';
import { DEFAULT_EXPLORATION, type ExplorationSettings, POLICY_NAMES } from './settings.ts';

const NONE = 'none';

export const EXPLORATION_VARIABLES = {
  /** Who gets exploration slots where no experiment says otherwise; `none`: there are no slots, nothing is owed, rows and pictures stand by rules. */
  MARQUEE_EXPLORATION_POLICY: z.enum([...POLICY_NAMES, NONE]).default(DEFAULT_EXPLORATION.policy),
  /** Share of uniform draws of epsilon-greedy and Thompson. */
  MARQUEE_EXPLORATION_EPSILON: z.coerce.number().min(0).max(1).default(DEFAULT_EXPLORATION.epsilon),
  /** Impressions that a new title is owed; 0 for none. */
  MARQUEE_EXPLORATION_GUARANTEE: z.coerce
    .number()
    .int()
    .min(0)
    .max(1_000_000)
    .default(DEFAULT_GUARANTEE.impressions),
  /** Of the home pages, those whose rows the policy puts in order. */
  MARQUEE_ROW_ORDER_SHARE: z.coerce.number().min(0).max(1).default(DEFAULT_ROW_ORDER.share),
  /** Of the profiles, those whose rows stand by rules for good; 1 for all. */
  MARQUEE_ROW_ORDER_HOLDOUT: z.coerce.number().min(0).max(1).default(DEFAULT_ROW_ORDER.holdout),
};

type Variables = z.infer<z.ZodObject<typeof EXPLORATION_VARIABLES>>;

export function toExplorationSettings(values: Variables): ExplorationSettings {
  const { MARQUEE_EXPLORATION_POLICY: policy } = values;
  return {
    explores: policy !== NONE,
    policy: policy === NONE ? DEFAULT_EXPLORATION.policy : policy,
    epsilon: values.MARQUEE_EXPLORATION_EPSILON,
    guarantee: { ...DEFAULT_GUARANTEE, impressions: values.MARQUEE_EXPLORATION_GUARANTEE },
    rowOrder: { share: values.MARQUEE_ROW_ORDER_SHARE, holdout: values.MARQUEE_ROW_ORDER_HOLDOUT },
  };
}
