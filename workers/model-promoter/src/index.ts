export { type CanaryLimits, type CanaryReport, DEFAULT_CANARY_LIMITS } from './canary/judge-canary.ts';
export {
  createModelPromoter,
  type ModelPromoter,
  type ModelPromoterDeps,
  type ModelPromoterOptions,
} from './model-promoter.worker.ts';
export {
  canaryReport,
  DEFAULT_POLICY,
  MODEL_PROMOTER,
  type PromoterDeps,
  type PromotionPolicy,
  type Step,
} from './promote-step.ts';
export { PROMOTION_VARIABLES, toPromotionPolicy } from './variables.ts';
