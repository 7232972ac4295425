/** The experiment subgraph as a process of its own. */
import { runService } from '@marquee/service-kit/service';
import { loadExperimentConfig } from './config.ts';
import { experimentDeps } from './deps.ts';
import { createExperimentSubgraph } from './experiment-subgraph.ts';

await runService(
  {
    name: 'experiment',
    loadConfig: loadExperimentConfig,
    subgraphOptions: (config) => config.subgraph,
    compose(config, kit) {
      const { ports, ...deps } = experimentDeps(config, kit);
      return { components: ports, subgraph: createExperimentSubgraph(deps) };
    },
  },
  process.env,
);
