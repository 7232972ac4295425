/** The catalogue indexer as a process of its own. One copy indexes, the others stand by. */
import { createLeadership } from '@marquee/coordination';
import { createVectorFollower, type VectorFollower } from '@marquee/features';
import type { Component } from '@marquee/service-kit';
import { runService } from '@marquee/service-kit/service';
import { loadCatalogueIndexerConfig } from './config.ts';
import { catalogueIndexerDeps } from './deps.ts';
import { createTowerIndexer } from './tower-indexer.ts';

await runService(
  {
    name: 'catalogue-indexer',
    loadConfig: loadCatalogueIndexerConfig,
    compose(config, kit) {
      const { ports, leases, towers, ...deps } = catalogueIndexerDeps(config, kit);
      let follower: VectorFollower | undefined;
      let towerIndexer: Component | undefined;
      const leader = createLeadership({
        leases,
        name: 'catalogue-indexer',
        logger: kit.logger,
        async onElected() {
          follower = createVectorFollower({ ...deps, sharedIndex: true });
          await follower.start();
          towerIndexer = createTowerIndexer(towers);
          await towerIndexer.start();
        },
        async onDeposed() {
          await towerIndexer?.stop();
          await follower?.stop();
          towerIndexer = undefined;
          follower = undefined;
        },
      });
      return { components: [...ports, leader] };
    },
  },
  process.env,
);
