/** Which arms the viewer is in and what they change. Anonymous viewers are in none. */
import type { QueryHydrator } from '@marquee/pipeline';
import type { ExperimentsSource } from '../dependencies.ts';
import { type AssignedExperiments, assignExperiments, NO_EXPERIMENTS } from '../home/assigned-experiments.ts';
import type { HomeQuery } from '../home/home-query.ts';

export function experimentAssignmentHydrator(
  experiments: ExperimentsSource,
): QueryHydrator<HomeQuery, keyof AssignedExperiments> {
  return {
    kind: 'query-hydrator',
    name: 'experiment-assignment',
    phase: 2,
    requires: ['profileId', 'state', 'now'],
    produces: ['assignments', 'mmrLambda'],
    onFailure: 'default',
    timeoutMs: 20,
    async hydrate({ profileId, state, now }) {
      return assignExperiments(experiments, { profileId, segment: state.segment, now });
    },
    defaults: () => NO_EXPERIMENTS,
  };
}
