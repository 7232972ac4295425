/** The re-engagement worker as a process of its own; any number of them share the log. */
import { exportConsumer, runService } from '@marquee/service-kit/service';
import { loadReEngagementConfig } from './config.ts';
import { reEngagementDeps } from './deps.ts';
import { createReEngagement } from './re-engagement.worker.ts';

await runService(
  {
    name: 're-engagement',
    isBackground: true,
    loadConfig: loadReEngagementConfig,
    compose(config, kit) {
      const { ports, leases, ...deps } = reEngagementDeps(config, kit);
      const { policy, everyMs } = config;
      const worker = createReEngagement(deps, { partitions: 'assigned', policy, everyMs });
      const membership = leases.partitionLeases(worker.name, {
        partitions: deps.bus.partitions,
        onAssigned: worker.own,
        onRevoked: worker.disown,
      });
      exportConsumer(kit.metrics, worker);
      return { components: [...ports, worker, membership] };
    },
  },
  process.env,
);
