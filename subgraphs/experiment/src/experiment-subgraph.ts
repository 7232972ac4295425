/** The experiment subgraph: what is being tried out, and which variant the viewer sees. */
import { fileURLToPath } from 'node:url';
import type { Clock, ProfileId, Segment } from '@marquee/domain';
import type { ExperimentsSource } from '@marquee/experimentation';
import { type Canary, withCanary } from '@marquee/model-registry/trials';
import type { Logger } from '@marquee/service-kit';
import { buildSubgraph, type Subgraph } from '@marquee/service-kit/subgraph';
import type { ExperimentContext } from './context.ts';
import { assignmentResolvers } from './modules/assignment/resolvers.ts';
import { experimentResolvers } from './modules/experiment/resolvers.ts';

export interface ExperimentDeps {
  readonly experiments: ExperimentsSource;
  /** The model that is tried out on some profiles now: an experiment that nobody configured. */
  canary?(): Canary | undefined;
  /** Where a profile's segment is known; without it, experiments for some segments assign nobody here. */
  profileSegment?(profileId: ProfileId): Promise<Segment | undefined>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export function createExperimentSubgraph(deps: ExperimentDeps): Subgraph {
  const { clock } = deps;
  const experiments = withCanary(deps.experiments, () => deps.canary?.());
  for (const { key, status, owner } of deps.experiments.current().experiments) {
    deps.logger.info({ experiment: key, status, owner }, 'experiment configured');
  }
  return buildSubgraph<ExperimentContext>({
    name: 'experiment',
    modulesFolder: fileURLToPath(new URL('./modules', import.meta.url)),
    resolvers: { ...experimentResolvers, ...assignmentResolvers },
    components: [],
    routes: [],
    createContext: (request) => ({
      request,
      experiments,
      clock,
      segmentOf: async (profileId) => deps.profileSegment?.(profileId),
    }),
  });
}
