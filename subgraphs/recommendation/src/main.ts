/** The recommendation subgraph as a process of its own. */
import { makeObjectsYoung } from '@marquee/service-kit';
import { runService } from '@marquee/service-kit/service';
import { loadRecommendationConfig } from './config.ts';
import { createRecommendationSubgraph } from './create-recommendation-subgraph.ts';
import { recommendationDeps } from './deps.ts';
import { RECOMMENDATION_FALLBACKS } from './fallbacks.ts';

makeObjectsYoung();
await runService(
  {
    name: 'recommendation',
    loadConfig: loadRecommendationConfig,
    subgraphOptions: (config) => config.subgraph,
    compose(config, kit) {
      const { ports, ...deps } = recommendationDeps(config, kit);
      return {
        components: ports,
        subgraph: createRecommendationSubgraph(deps),
        fallbacks: RECOMMENDATION_FALLBACKS,
      };
    },
  },
  process.env,
);
