/**
 * Experiments as data and assignment as a pure function of it. Every process holds a snapshot of the
 * configuration, so assigning costs no network call, and every process comes to the same answer.
 */
export { type Assignment, type AssignmentQuery, assign, isRunning } from './assign.ts';
export {
  type ExperimentsSource,
  fileExperiments,
  fixedExperiments,
  NO_EXPERIMENTS,
} from './experiments-source.ts';

export { parseExperiments } from './parse-experiments.ts';
export {
  BUCKETS,
  type BucketRange,
  EXPERIMENT_STATUSES,
  type Experiment,
  type ExperimentStatus,
  type ExperimentsSnapshot,
  type Holdout,
  type Layer,
  type ParameterValue,
  type Variant,
} from './snapshot.ts';
export {
  EXPERIMENTS_KEY,
  type WatchedExperimentsOptions,
  watchedExperiments,
} from './watched-experiments.ts';
