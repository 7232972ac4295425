import type { Clock, ProfileId, Segment } from '@marquee/domain';
import type { ExperimentsSource } from '@marquee/experimentation';
import type { RequestContext } from '@marquee/service-kit/subgraph';

export interface ExperimentContext {
  readonly request: RequestContext;
  readonly experiments: ExperimentsSource;
  readonly clock: Clock;
  /** For experiments that are for some segments only. */
  segmentOf(profileId: ProfileId): Promise<Segment | undefined>;
}
