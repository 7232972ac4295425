/** The catalogue indexer as a process of its own. One copy indexes, the others stand by. */
import { createLeadership } from '@marquee/coordination';
import { createVectorFollower, type VectorFollower } from '@marquee/features';
import { runService } from '@marquee/service-kit/service';
import { loadCatalogueIndexerConfig } from './config.ts';
import { catalogueIndexerDeps } from './deps.ts';

await runService(
  {
    name: 'catalogue-indexer',
    loadConfig: loadCatalogueIndexerConfig,
    compose(config, kit) {
      const { ports, leases, ...deps } = catalogueIndexerDeps(config, kit);
      let follower: VectorFollower | undefined;
      const leader = createLeadership({
        leases,
        name: 'catalogue-indexer',
        logger: kit.logger,
        async onElected() {
          follower = createVectorFollower({ ...deps, sharedIndex: true });
          await follower.start();
        },
        async onDeposed() {
          await follower?.stop();
          follower = undefined;
        },
      });
      return { components: [...ports, leader] };
    },
  },
  process.env,
);
