/** What a process that serves has to know of models that are tried out; light, because it is loaded there. */

export { CANARY_ARM, CONTROL_ARM, canaryKey, isCanaryFor, withCanary } from './canary-experiment.ts';
export { examinedLogOdds, logOddsBetween } from './shadow/base-rate.ts';
export {
  DEFAULT_SHADOW_LIMITS,
  judgeShadow,
  type ShadowLimits,
  type ShadowReport,
} from './shadow/judge-shadow.ts';
export { kendall, spearman, topOverlap } from './shadow/rank-agreement.ts';
export { readShadowTally, writeShadowTally } from './shadow/shadow-store.ts';
export {
  addSlate,
  emptyTally,
  latencyAt,
  mergeTallies,
  type ShadowedSlate,
  type ShadowTally,
  scoreShift,
} from './shadow/shadow-tally.ts';
export { type Canary, NO_TRIALS, parseTrials, TRIALS_KEY, type Trials } from './trials.ts';
export { type WatchedTrials, watchedTrials } from './watched-trials.ts';
