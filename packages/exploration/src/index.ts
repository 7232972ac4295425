export { bestProbabilities, spreadOf } from './best-probabilities.ts';
export { createOrderDraw, type DrawnPlace, type OrderDraw, type OrderDrawOptions } from './draw-order.ts';
export { type Drawn, drawSlot, type SlotPool } from './draw-slot.ts';
export { DEFAULT_GUARANTEE, type Guarantee, owedImpressions, type Shown } from './guarantee.ts';
export { pick } from './pick.ts';
export { epsilonGreedyPolicy } from './policies/epsilon-greedy.policy.ts';
export { greedyPolicy } from './policies/greedy.policy.ts';
export { thompsonPolicy } from './policies/thompson.policy.ts';
export { uniformPolicy } from './policies/uniform.policy.ts';
export type { Chooser, ExplorationPolicy } from './policy.ts';
export { type Evidence, type Posterior, posteriorsOf } from './posterior.ts';
export { DEFAULT_ROW_ORDER, isHeldOut, type RowOrderSettings } from './row-order.ts';
export {
  DEFAULT_EXPLORATION,
  type ExplorationSettings,
  isPolicyName,
  POLICY_NAMES,
  type PolicyName,
  policyOf,
} from './settings.ts';
export { EXPLORATION_VARIABLES, toExplorationSettings } from './variables.ts';
