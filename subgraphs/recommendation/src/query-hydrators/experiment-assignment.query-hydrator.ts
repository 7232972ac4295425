/** Which arms the viewer is in and what they change. Anonymous viewers are in none. */
import { DEFAULT_EXPLORATION, type ExplorationSettings } from '@marquee/exploration';
import type { QueryHydrator } from '@marquee/pipeline';
import type { ExperimentsSource } from '../dependencies.ts';
import { type AssignedExperiments, assignExperiments, NO_EXPERIMENTS } from '../home/assigned-experiments.ts';
import type { HomeQuery } from '../home/home-query.ts';

export function experimentAssignmentHydrator(
  experiments: ExperimentsSource,
  exploration: ExplorationSettings = DEFAULT_EXPLORATION,
): QueryHydrator<HomeQuery, keyof AssignedExperiments> {
  return {
    kind: 'query-hydrator',
    name: 'experiment-assignment',
    phase: 2,
    requires: ['profileId', 'state', 'now'],
    produces: ['assignments', 'mmrLambda', 'explorationSettings'],
    onFailure: 'default',
    timeoutMs: 20,
    async hydrate({ profileId, state, now }) {
      return assignExperiments(experiments, { profileId, segment: state.segment, now }, exploration);
    },
    defaults: () => ({ ...NO_EXPERIMENTS, explorationSettings: exploration }),
  };
}
