/** The user-profile subgraph: profiles, what they have done with titles, and the mutations that change it. */
import { fileURLToPath } from 'node:url';
import type { Profiles } from '@marquee/profiles';
import { buildSubgraph, type Subgraph } from '@marquee/service-kit/subgraph';
import type { CatalogueLookup } from './catalogue-lookup.ts';
import type { UserProfileContext } from './context.ts';
import { createLoaders } from './loaders.ts';
import { createErasureFollower } from './modules/privacy/erasure-follower.ts';
import { createProfileLog, type ProfileLogDeps } from './profile-log.ts';
import { resolvers } from './resolvers.ts';

/** Ports are started by whoever made them; `components` of the subgraph must be started too. */
export interface UserProfileDeps extends ProfileLogDeps {
  readonly profiles: Profiles;
  readonly catalogue: CatalogueLookup;
}

export function createUserProfileSubgraph(deps: UserProfileDeps): Subgraph {
  const erasures = createErasureFollower(deps.bus, deps.logger);
  const services = { profiles: deps.profiles, log: createProfileLog(deps), erasures, clock: deps.clock };
  return buildSubgraph<UserProfileContext>({
    name: 'user-profile',
    modulesFolder: fileURLToPath(new URL('./modules', import.meta.url)),
    resolvers,
    components: [erasures.component],
    routes: [],
    createContext: (request) => ({
      request,
      services,
      loaders: createLoaders(deps, request.viewer?.profileId),
    }),
  });
}
