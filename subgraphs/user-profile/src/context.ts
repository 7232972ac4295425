import type { RequestContext } from '@marquee/service-kit/subgraph';
import type { UserProfileLoaders } from './loaders.ts';
import type { UserProfileServices } from './services.ts';

export interface UserProfileContext {
  readonly request: RequestContext;
  /** The same for all requests. */
  readonly services: UserProfileServices;
  /** Of this request alone. */
  readonly loaders: UserProfileLoaders;
}
