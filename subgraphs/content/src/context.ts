import type { Clock } from '@marquee/domain';
import type { RequestContext } from '@marquee/service-kit/subgraph';
import type { ContentLoaders } from './loaders.ts';
import type { Posters } from './modules/artwork/posters.ts';
import type { GenreService } from './modules/genre/genre-service.ts';
import type { TitleService } from './modules/title/title-service.ts';

export interface ContentContext {
  readonly request: RequestContext;
  /** Of this request alone. */
  readonly loaders: ContentLoaders;
  readonly titles: TitleService;
  readonly genres: GenreService;
  readonly posters: Posters;
  readonly clock: Clock;
}
