/** The supergraph of a gateway process, put together from its configuration. */
import { type Logger, MarqueeError, type Metrics } from '@marquee/service-kit';
import { supergraphBroadcast } from './deps.ts';
import { lastGoodFile } from './federation/last-good-file.ts';
import { loadableSupergraph } from './federation/published.ts';
import { createSupergraphLifecycle, type SupergraphLifecycle } from './federation/supergraph-lifecycle.ts';
import {
  publishedSupergraph,
  type SupergraphSource,
  staticSupergraph,
  supergraphFile,
} from './federation/supergraph-source.ts';
import type { SupergraphConfig } from './supergraph-config.ts';

export interface ProcessSupergraphOptions {
  readonly config: SupergraphConfig;
  /** The one that came with the code. */
  readonly shipped: string;
  /** Names of the subgraphs that this process knows how to reach. */
  readonly reachable: ReadonlySet<string>;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly now: () => number;
}

export function processSupergraph(options: ProcessSupergraphOptions): SupergraphLifecycle {
  const { config, shipped, reachable, logger } = options;
  const { source, lastGoodPath } = config;
  return createSupergraphLifecycle({
    source: sourceFor(source, shipped, logger),
    firstWithinMs: config.waitMs,
    check(sdl) {
      const unknown = loadableSupergraph(sdl).subgraphs.filter(({ name }) => !reachable.has(name));
      if (unknown.length === 0) return;
      const names = unknown.map(({ name }) => name).join(', ');
      throw new MarqueeError('CONFIG_INVALID', `nobody knows where these subgraphs are: ${names}`);
    },
    // A file that was asked for by name and is broken is a mistake to be told of, not to be covered up.
    ...(source.kind === 'file' ? {} : { shipped }),
    ...(lastGoodPath === undefined ? {} : { lastGood: lastGoodFile(lastGoodPath) }),
    logger,
    metrics: options.metrics,
    now: options.now,
  });
}

function sourceFor(source: SupergraphConfig['source'], shipped: string, logger: Logger): SupergraphSource {
  if (source.kind === 'file') return supergraphFile({ path: source.path });
  if (source.kind === 'shipped') return staticSupergraph(shipped);
  return publishedSupergraph({ broadcast: supergraphBroadcast(source.nats, logger), logger });
}
