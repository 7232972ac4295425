/** Which policy, by name: what configuration and the arms of experiments choose by. */
import { DEFAULT_GUARANTEE, type Guarantee } from './guarantee.ts';
import { epsilonGreedyPolicy } from './policies/epsilon-greedy.policy.ts';
import { greedyPolicy } from './policies/greedy.policy.ts';
import { thompsonPolicy } from './policies/thompson.policy.ts';
import { uniformPolicy } from './policies/uniform.policy.ts';
import type { ExplorationPolicy } from './policy.ts';
import { DEFAULT_ROW_ORDER, type RowOrderSettings } from './row-order.ts';

export const POLICY_NAMES = ['uniform', 'greedy', 'epsilon-greedy', 'thompson'] as const;
export type PolicyName = (typeof POLICY_NAMES)[number];

export interface ExplorationSettings {
  /** Otherwise every place is the ranking's and every row stands by rules, whatever an experiment says of policies. */
  readonly explores: boolean;
  readonly policy: PolicyName;
  /** Share of uniform draws: of epsilon-greedy its epsilon, of Thompson its floor; the other policies have none. */
  readonly epsilon: number;
  readonly guarantee: Guarantee;
  readonly rowOrder: RowOrderSettings;
}

export const DEFAULT_EXPLORATION: ExplorationSettings = {
  explores: true,
  policy: 'thompson',
  epsilon: 0.1,
  guarantee: DEFAULT_GUARANTEE,
  rowOrder: DEFAULT_ROW_ORDER,
};

export function isPolicyName(name: unknown): name is PolicyName {
  return (POLICY_NAMES as readonly unknown[]).includes(name);
}

export function policyOf({ policy, epsilon }: ExplorationSettings): ExplorationPolicy {
  switch (policy) {
    case 'uniform':
      return uniformPolicy;
    case 'greedy':
      return greedyPolicy;
    case 'epsilon-greedy':
      return epsilonGreedyPolicy(epsilon);
    case 'thompson':
      return thompsonPolicy(epsilon);
  }
}
