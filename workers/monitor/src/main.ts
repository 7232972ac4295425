/** The monitor as a process of its own. One copy reports, the others stand by. */
import { createLeadership } from '@marquee/coordination';
import { runService } from '@marquee/service-kit/service';
import { loadMonitorConfig } from './config.ts';
import { monitorDeps } from './deps.ts';
import { createMonitor } from './monitor.worker.ts';

await runService(
  {
    name: 'monitor',
    isBackground: true,
    loadConfig: loadMonitorConfig,
    compose(config, kit) {
      const { ports, leases, ...deps } = monitorDeps(config, kit);
      const monitor = createMonitor(deps, config.schedule);
      const leader = createLeadership({
        leases,
        name: 'monitor',
        logger: kit.logger,
        onElected: () => monitor.start(),
        onDeposed: () => monitor.stop(),
        readiness: () => monitor.readiness(),
      });
      return { components: [...ports, leader] };
    },
  },
  process.env,
);
