export {
  ESTIMATORS,
  type Estimator,
  estimatePolicy,
  type OffPolicyOptions,
  type PolicyEstimate,
  type PolicyValue,
} from './estimate-policy.ts';
export { averagePolicyOf, type LoggedActions, type TargetPolicy, uniformPolicy } from './logged-actions.ts';
export { missingSupport, SUPPORT_LIMITS, type Support, type SupportLimits } from './support.ts';
export { influenceOfUnits } from './units.ts';
