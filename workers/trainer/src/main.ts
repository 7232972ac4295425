/** The trainer as a process of its own. Copies stand by: one of them trains. */
import { fileURLToPath } from 'node:url';
import { createLeadership } from '@marquee/coordination';
import { MarqueeError } from '@marquee/service-kit';
import { runService } from '@marquee/service-kit/service';
import { launchTraining } from './child/launch-training.ts';
import { loadTrainerConfig } from './config.ts';
import { trainerBroadcast, trainerLeases } from './deps.ts';
import { createTrainer, TRAINER } from './trainer.worker.ts';

const SCRIPT = fileURLToPath(new URL('./training.process.ts', import.meta.url));

await runService(
  {
    name: TRAINER,
    isBackground: true,
    loadConfig: loadTrainerConfig,
    compose(config, kit) {
      const { plan, lakeFolder, modelsFolder, codeVersion } = config;
      if (plan === undefined) {
        throw new MarqueeError(
          'CONFIG_INVALID',
          'MARQUEE_TRAINING is off: there is nothing for a trainer to do',
        );
      }
      const leases = trainerLeases(config, kit);
      const broadcast = trainerBroadcast(config, kit);
      const leadership = createLeadership({ leases, name: TRAINER, logger: kit.logger });
      const trainer = createTrainer(
        {
          ...kit,
          broadcast,
          leads: () => leadership.leads,
          launch: (request, signal) =>
            launchTraining(request, { script: SCRIPT, heapMegabytes: plan.heapMegabytes, signal }),
        },
        {
          schedule: plan.schedule,
          checkEveryMs: plan.lookEveryMs,
          ...(plan.models && { models: plan.models }),
          request: { ...plan.settings, lakeFolder, modelsFolder, codeVersion },
        },
      );
      return { components: [leases, broadcast, leadership, trainer] };
    },
  },
  process.env,
);
