import { fileURLToPath } from 'node:url';
import type { Catalogue } from '@marquee/catalogue';
import type { Clock } from '@marquee/domain';
import type { Logger } from '@marquee/service-kit';
import { buildSubgraph, type Subgraph } from '@marquee/service-kit/subgraph';
import type { ContentContext } from './context.ts';
import { createCaches, createLoaders } from './loaders.ts';
import { artworkRoute } from './modules/artwork/artwork-route.ts';
import { createPosters } from './modules/artwork/posters.ts';
import { createGenreService } from './modules/genre/genre-service.ts';
import { createTitleService } from './modules/title/title-service.ts';
import { resolvers } from './resolvers.ts';

export interface ContentDeps {
  /** Started by whoever made it. */
  readonly catalogue: Catalogue;
  readonly clock: Clock;
  /** Prefix of artwork addresses as clients see it, e.g. `https://images.example.org`; empty: relative ones. */
  readonly artworkBaseUrl: string;
  /**
   * Milliseconds for which a title, person or genre may be served from memory after it was read; so late a change
   * may show. 0: every request reads. Default 30,000.
   */
  readonly recordMaxAgeMs?: number;
  readonly logger: Logger;
}

const RECORD_MAX_AGE_MS = 30_000;

export function createContentSubgraph(deps: ContentDeps): Subgraph {
  const { catalogue, clock, logger } = deps;
  const posters = createPosters({ baseUrl: deps.artworkBaseUrl });
  const genres = createGenreService(catalogue);
  const caches = createCaches(deps.recordMaxAgeMs ?? RECORD_MAX_AGE_MS, clock);
  return buildSubgraph<ContentContext>({
    name: 'content',
    modulesFolder: fileURLToPath(new URL('./modules', import.meta.url)),
    resolvers,
    components: [],
    routes: [artworkRoute({ catalogue, posters, logger })],
    createContext(request) {
      const now = clock.now();
      const loaders = createLoaders(catalogue, caches, now);
      return {
        request,
        loaders,
        titles: createTitleService(catalogue, loaders, now),
        genres,
        posters,
        clock,
      };
    },
  });
}
