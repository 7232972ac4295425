/** What a process is told about exploration by its environment. */
import { z } from 'zod';
import { DEFAULT_GUARANTEE } from './guarantee.ts';
import { DEFAULT_EXPLORATION, type ExplorationSettings, POLICY_NAMES } from './settings.ts';

export const EXPLORATION_VARIABLES = {
  /** Who gets exploration slots where no experiment says otherwise. */
  MARQUEE_EXPLORATION_POLICY: z.enum(POLICY_NAMES).default(DEFAULT_EXPLORATION.policy),
  /** Share of uniform draws of epsilon-greedy and Thompson. */
  MARQUEE_EXPLORATION_EPSILON: z.coerce.number().min(0).max(1).default(DEFAULT_EXPLORATION.epsilon),
  /** Impressions that a new title is owed; 0 for none. */
  MARQUEE_EXPLORATION_GUARANTEE: z.coerce
    .number()
    .int()
    .min(0)
    .max(1_000_000)
    .default(DEFAULT_GUARANTEE.impressions),
};

type Variables = z.infer<z.ZodObject<typeof EXPLORATION_VARIABLES>>;

export function toExplorationSettings(values: Variables): ExplorationSettings {
  return {
    policy: values.MARQUEE_EXPLORATION_POLICY,
    epsilon: values.MARQUEE_EXPLORATION_EPSILON,
    guarantee: { ...DEFAULT_GUARANTEE, impressions: values.MARQUEE_EXPLORATION_GUARANTEE },
  };
}
