/** The prewarmer as a process of its own. One copy asks for pages, the others stand by. */
import { createLeadership } from '@marquee/coordination';
import { runService } from '@marquee/service-kit/service';
import { loadPrewarmerConfig } from './config.ts';
import { prewarmerDeps } from './deps.ts';
import { createPrewarmer } from './prewarmer.worker.ts';

await runService(
  {
    name: 'prewarmer',
    isBackground: true,
    loadConfig: loadPrewarmerConfig,
    compose(config, kit) {
      const { ports, leases, ...deps } = prewarmerDeps(config, kit);
      const prewarmer = createPrewarmer(deps, config.options);
      const leader = createLeadership({
        leases,
        name: 'prewarmer',
        logger: kit.logger,
        onElected: () => prewarmer.start(),
        onDeposed: () => prewarmer.stop(),
        readiness: () => prewarmer.readiness(),
      });
      return { components: [...ports, leader] };
    },
  },
  process.env,
);
