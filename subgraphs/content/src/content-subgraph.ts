import { fileURLToPath } from 'node:url';
import type { Catalogue } from '@marquee/catalogue';
import type { Clock } from '@marquee/domain';
import type { Logger } from '@marquee/service-kit';
import { buildSubgraph, type Subgraph } from '@marquee/service-kit/subgraph';
import { createCatalogueMemory } from './catalogue-memory.ts';
import type { ContentContext } from './context.ts';
import { createCaches, createLoaders, MAX_LAST_KNOWN } from './loaders.ts';
import { artworkRoute } from './modules/artwork/artwork-route.ts';
import { createPosters } from './modules/artwork/posters.ts';
import { createGenreService } from './modules/genre/genre-service.ts';
import { createTitleService } from './modules/title/title-service.ts';
import { resolvers } from './resolvers.ts';
import { createViewerLimit, type MaturityLimitOf } from './viewer-limit.ts';

export interface ContentDeps {
  /** Started by whoever made it. */
  readonly catalogue: Catalogue;
  /** Up to which rating a profile may be shown titles; asked at most once per request. */
  readonly maturityLimitOf: MaturityLimitOf;
  readonly clock: Clock;
  /** Prefix of artwork addresses as clients see it, e.g. `https://images.example.org`; empty: relative ones. */
  readonly artworkBaseUrl: string;
  /**
   * Milliseconds for which a title, person or genre may be served from memory after it was read; so late a change
   * may show. 0: every request reads. Default 30,000.
   */
  readonly recordMaxAgeMs?: number;
  /**
   * Whether titles, people and genres are kept as last known, and read ahead, for when the catalogue is away. Default false:
   * a catalogue in a file is never away.
   */
  readonly outlivesCatalogue?: boolean;
  readonly logger: Logger;
}

const RECORD_MAX_AGE_MS = 30_000;

export function createContentSubgraph(deps: ContentDeps): Subgraph {
  const { catalogue, clock, logger } = deps;
  const posters = createPosters({ baseUrl: deps.artworkBaseUrl });
  const genres = createGenreService(catalogue);
  const caches = createCaches({
    maxAgeMs: deps.recordMaxAgeMs ?? RECORD_MAX_AGE_MS,
    maxLastKnown: deps.outlivesCatalogue === true ? MAX_LAST_KNOWN : 0,
    clock,
  });
  return buildSubgraph<ContentContext>({
    name: 'content',
    modulesFolder: fileURLToPath(new URL('./modules', import.meta.url)),
    resolvers,
    components: deps.outlivesCatalogue === true ? [createCatalogueMemory({ catalogue, caches, logger })] : [],
    routes: [artworkRoute({ catalogue, posters, logger })],
    createContext(request) {
      const now = clock.now();
      const limit = createViewerLimit(deps.maturityLimitOf, request);
      const loaders = createLoaders(catalogue, caches, now, limit);
      return {
        request,
        loaders,
        titles: createTitleService(catalogue, loaders, now, limit),
        genres,
        posters,
        clock,
      };
    },
  });
}
