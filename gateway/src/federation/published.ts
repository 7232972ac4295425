/** What commands and gateways must agree on about published supergraphs: the format, and what can be served. */
import { ENFORCED_FEATURES } from '../executor/supergraph/linked-directives.ts';
import { type LoadedSupergraph, loadSupergraph } from '../executor/supergraph/supergraph.ts';

export { archiveStream, broadcastPublications } from './publications/broadcast-publications.ts';
export { MAX_HISTORY, type NewPublication, type Publications } from './publications/publications.ts';
export * from './published-supergraph.ts';
export * from './variants/published-variant.ts';
export { withAddresses } from './variants/subgraph-addresses.ts';

/** @throws MarqueeError CONFIG_INVALID for a text that a gateway would refuse. */
export function loadableSupergraph(sdl: string): Pick<LoadedSupergraph, 'subgraphs'> {
  return loadSupergraph(sdl, { enforcedFeatures: ENFORCED_FEATURES });
}
