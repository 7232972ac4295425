/** The catalogue indexer as a process of its own. One copy indexes, the others stand by. */
import { createLeadership } from '@marquee/coordination';
import { runService } from '@marquee/service-kit/service';
import { createCatalogueIndexer } from './catalogue-indexer.worker.ts';
import { loadCatalogueIndexerConfig } from './config.ts';
import { catalogueIndexerDeps } from './deps.ts';

await runService(
  {
    name: 'catalogue-indexer',
    loadConfig: loadCatalogueIndexerConfig,
    compose(config, kit) {
      const { ports, leases, ...deps } = catalogueIndexerDeps(config, kit);
      const indexer = createCatalogueIndexer(deps);
      const leader = createLeadership({
        leases,
        name: 'catalogue-indexer',
        logger: kit.logger,
        onElected: () => indexer.start(),
        onDeposed: () => indexer.stop(),
        readiness: () => indexer.readiness(),
      });
      return { components: [...ports, leader] };
    },
  },
  process.env,
);
