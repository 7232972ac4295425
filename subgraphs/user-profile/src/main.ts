/** The user-profile subgraph as a process of its own. */
import { runService } from '@marquee/service-kit/service';
import { loadUserProfileConfig } from './config.ts';
import { userProfileDeps } from './deps.ts';
import { createUserProfileSubgraph } from './user-profile-subgraph.ts';

await runService(
  {
    name: 'user-profile',
    loadConfig: loadUserProfileConfig,
    subgraphOptions: (config) => config.subgraph,
    compose(config, kit) {
      const { ports, ...deps } = userProfileDeps(config, kit);
      return { components: ports, subgraph: createUserProfileSubgraph(deps) };
    },
  },
  process.env,
);
