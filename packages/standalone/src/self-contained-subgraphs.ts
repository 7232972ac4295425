/**
 * Subgraphs that need nothing of what the others share. `npm run new:subgraph` adds a line here; one that comes to need more
 * moves to `compose.ts`.
 */
import type { Clock } from '@marquee/domain';
import type { Logger } from '@marquee/service-kit';
import type { Subgraph } from '@marquee/service-kit/subgraph';

export interface SelfContainedDeps {
  readonly clock: Clock;
  readonly logger: Logger;
}

type Maker = (deps: SelfContainedDeps) => Subgraph;

const MAKERS: readonly Maker[] = [];

export function selfContainedSubgraphs(deps: SelfContainedDeps): readonly Subgraph[] {
  return MAKERS.map((make) => make(deps));
}
