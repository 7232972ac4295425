/** The supergraph of a gateway process, put together from its configuration. */
import { type Logger, MarqueeError, type Metrics } from '@marquee/service-kit';
import { supergraphBroadcast } from './deps.ts';
import { lastGoodFile } from './federation/last-good-file.ts';
import { archiveStream, broadcastPublications } from './federation/publications/broadcast-publications.ts';
import { publishShipped } from './federation/publications/shipped-publication.ts';
import { loadableSupergraph } from './federation/published.ts';
import { createSupergraphLifecycle, type SupergraphLifecycle } from './federation/supergraph-lifecycle.ts';
import {
  publishedSupergraph,
  type SupergraphSource,
  staticSupergraph,
  supergraphFile,
} from './federation/supergraph-source.ts';
import { variantFolder } from './federation/variants/published-variant.ts';
import {
  broadcastVariants,
  folderVariants,
  type VariantSource,
} from './federation/variants/variant-source.ts';
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
  const check = (sdl: string): void => {
    const unknown = loadableSupergraph(sdl).subgraphs.filter(({ name }) => !reachable.has(name));
    if (unknown.length === 0) return;
    const names = unknown.map(({ name }) => name).join(', ');
    throw new MarqueeError('CONFIG_INVALID', `nobody knows where these subgraphs are: ${names}`);
  };
  return createSupergraphLifecycle({
    source: sourceFor(source, { shipped, check, logger, now: options.now }),
    firstWithinMs: config.waitMs,
    check,
    // A file that was asked for by name and is broken is a mistake to be told of, not to be covered up.
    ...(source.kind === 'file' ? {} : { shipped }),
    ...(lastGoodPath === undefined ? {} : { lastGood: lastGoodFile(lastGoodPath) }),
    logger,
    metrics: options.metrics,
    now: options.now,
  });
}

/** Beside the supergraph. Undefined: whoever is served what came with the code has nobody who publishes. */
export function processVariants(
  source: SupergraphConfig['source'],
  logger: Logger,
): VariantSource | undefined {
  if (source.kind === 'shipped') return undefined;
  if (source.kind === 'file') return folderVariants({ folder: variantFolder(source.path) });
  return broadcastVariants({ broadcast: supergraphBroadcast(source.nats, logger), logger });
}

function sourceFor(
  source: SupergraphConfig['source'],
  options: Pick<ProcessSupergraphOptions, 'shipped' | 'logger' | 'now'> & { check(sdl: string): void },
): SupergraphSource {
  const { shipped, check, logger, now } = options;
  if (source.kind === 'file') return supergraphFile({ path: source.path });
  if (source.kind === 'shipped') return staticSupergraph(shipped);
  const broadcast = supergraphBroadcast(source.nats, logger);
  return publishedSupergraph({
    broadcast,
    logger,
    ...(source.publishShipped && {
      async announce() {
        check(shipped);
        const archive = supergraphBroadcast(
          { ...source.nats, stream: archiveStream(source.nats.stream) },
          logger,
        );
        await archive.start();
        try {
          const publications = broadcastPublications({ broadcast, archive, now: () => new Date(now()) });
          await publishShipped({ publications, sdl: shipped, logger });
        } finally {
          await archive.stop();
        }
      },
    }),
  });
}
