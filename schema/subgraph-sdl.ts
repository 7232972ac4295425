/** Reads a subgraph's SDL the way the subgraph itself does, so that what is composed is what is served. */
import { join } from 'node:path';
import { loadTypeDefs } from '@marquee/service-kit/subgraph';

/** All `src/modules/**\/*.graphql` of one subgraph as one document, in path order. */
export function readSubgraphSdl(folder: string): string {
  return loadTypeDefs(join(folder, 'src/modules'));
}
