/**
 * What experiments decide about a home page. Pure apart from reading the snapshot that the process holds, so
 * the slate cache and the pipeline may both ask and get the same answer.
 */
import type { ProfileId, Segment } from '@marquee/domain';
import { assign } from '@marquee/experimentation';
import { DEFAULT_EXPLORATION, type ExplorationSettings, isPolicyName } from '@marquee/exploration';
import type { ExperimentsSource } from '../dependencies.ts';
import type { HomeQuery } from './home-query.ts';

export type AssignedExperiments = Pick<HomeQuery, 'assignments' | 'mmrLambda' | 'explorationSettings'>;

export const DEFAULT_MMR_LAMBDA = 0.9;
export const NO_EXPERIMENTS: AssignedExperiments = {
  assignments: {},
  mmrLambda: DEFAULT_MMR_LAMBDA,
  explorationSettings: DEFAULT_EXPLORATION,
};

export interface Assignee {
  readonly profileId: ProfileId | undefined;
  readonly segment: Segment;
  readonly now: number;
}

/**
 * @param exploration what holds where no experiment says otherwise
 * @throws whatever the source throws; callers fall back to `NO_EXPERIMENTS`.
 */
export function assignExperiments(
  experiments: ExperimentsSource,
  assignee: Assignee,
  exploration: ExplorationSettings = DEFAULT_EXPLORATION,
): AssignedExperiments {
  const { profileId, segment, now } = assignee;
  if (profileId === undefined) return { ...NO_EXPERIMENTS, explorationSettings: exploration };
  const { assignments, parameters } = assign(experiments.current(), { profileId, segment, now });
  const lambda = parameters.mmrLambda;
  const valid = typeof lambda === 'number' && lambda >= 0 && lambda <= 1;
  const { explorationPolicy: policy, explorationEpsilon: epsilon } = parameters;
  return {
    assignments,
    mmrLambda: valid ? lambda : DEFAULT_MMR_LAMBDA,
    explorationSettings: {
      ...exploration,
      ...(isPolicyName(policy) && { policy }),
      ...(typeof epsilon === 'number' && epsilon >= 0 && epsilon <= 1 && { epsilon }),
    },
  };
}
