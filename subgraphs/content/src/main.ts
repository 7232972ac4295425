/** The content subgraph as a process of its own. */
import { runService } from '@marquee/service-kit/service';
import { loadContentConfig } from './config.ts';
import { createContentSubgraph } from './content-subgraph.ts';
import { contentDeps } from './deps.ts';

await runService(
  {
    name: 'content',
    loadConfig: loadContentConfig,
    subgraphOptions: (config) => config.subgraph,
    compose(config, kit) {
      const { ports, ...deps } = contentDeps(config, kit);
      return { components: ports, subgraph: createContentSubgraph(deps) };
    },
  },
  process.env,
);
