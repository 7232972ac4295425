/** A subgraph in other processes as a data source, for one that comes and goes with the graph that names it. */
import type { Logger } from '@marquee/service-kit';
import type { SubgraphDataSource } from '../data-source/data-source.ts';
import { type HasRequestContext, InProcessDataSource } from '../data-source/in-process-data-source.ts';
import type { HttpSubgraph } from './http-subgraph.ts';

export function dataSourceOver(
  name: string,
  subgraph: HttpSubgraph,
  logger: Logger,
): SubgraphDataSource<HasRequestContext> {
  const source = new InProcessDataSource(name, subgraph.execute, logger);
  return {
    fetch: (request) => source.fetch(request),
    subscribe: (request) => source.subscribe(request),
    stop: () => subgraph.stop(),
  };
}
