/** The model promoter as a process of its own. Copies stand by: one of them moves models. */
import { createLeadership } from '@marquee/coordination';
import { MarqueeError } from '@marquee/service-kit';
import { runService } from '@marquee/service-kit/service';
import { loadModelPromoterConfig } from './config.ts';
import { modelPromoterDeps } from './deps.ts';
import { createModelPromoter } from './model-promoter.worker.ts';
import { MODEL_PROMOTER } from './promote-step.ts';

await runService(
  {
    name: MODEL_PROMOTER,
    isBackground: true,
    loadConfig: loadModelPromoterConfig,
    compose(config, kit) {
      const { policy } = config;
      if (policy === undefined) {
        throw new MarqueeError(
          'CONFIG_INVALID',
          'MARQUEE_PROMOTION is off: there is nothing for a promoter to do',
        );
      }
      const { ports, leases, ...deps } = modelPromoterDeps(config, kit);
      const leadership = createLeadership({ leases, name: MODEL_PROMOTER, logger: kit.logger });
      const promoter = createModelPromoter({ ...deps, leads: () => leadership.leads }, { policy });
      return { components: [...ports, leadership, promoter] };
    },
  },
  process.env,
);
