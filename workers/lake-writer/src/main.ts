/** The lake writer as a process of its own; any number of them share the log. */
import { exportConsumer, runService } from '@marquee/service-kit/service';
import { loadLakeWriterConfig } from './config.ts';
import { lakeWriterDeps } from './deps.ts';
import { createLakeWriter } from './lake-writer.worker.ts';

await runService(
  {
    name: 'lake-writer',
    loadConfig: loadLakeWriterConfig,
    compose(config, kit) {
      const { ports, leases, ...deps } = lakeWriterDeps(config, kit);
      const worker = createLakeWriter(deps, { partitions: 'assigned' });
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
