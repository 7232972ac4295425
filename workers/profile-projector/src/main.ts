/** The profile projector as a process of its own; any number of them share the log. */
import { exportConsumer, runService } from '@marquee/service-kit/service';
import { loadProfileProjectorConfig } from './config.ts';
import { profileProjectorDeps } from './deps.ts';
import { createProfileProjector } from './profile-projector.worker.ts';

await runService(
  {
    name: 'profile-projector',
    loadConfig: loadProfileProjectorConfig,
    compose(config, kit) {
      const { ports, leases, ...deps } = profileProjectorDeps(config, kit);
      const worker = createProfileProjector(deps, { partitions: 'assigned' });
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
