/** The feature materialiser as a process of its own; any number of them share the log. */
import { createLeadership } from '@marquee/coordination';
import { exportConsumer, runService } from '@marquee/service-kit/service';
import { loadFeatureMaterializerConfig } from './config.ts';
import { featureMaterializerDeps } from './deps.ts';
import { createFeatureMaterializer } from './feature-materializer.ts';

await runService(
  {
    name: 'feature-materializer',
    loadConfig: loadFeatureMaterializerConfig,
    compose(config, kit) {
      const { ports, leases, ...deps } = featureMaterializerDeps(config, kit);
      const leader = createLeadership({ leases, name: 'ranked-lists', logger: kit.logger });
      const worker = createFeatureMaterializer(deps, { partitions: 'assigned', leads: () => leader.leads });
      const membership = leases.partitionLeases(worker.name, {
        partitions: deps.bus.partitions,
        onAssigned: worker.own,
        onRevoked: worker.disown,
      });
      exportConsumer(kit.metrics, worker);
      return { components: [...ports, leader, worker, membership] };
    },
  },
  process.env,
);
