/** The model-promoter process's ports, on their distributed adapters. */
import { createPostgresCatalogue } from '@marquee/catalogue/postgres';
import type { ConfigurationBroadcast, Leases } from '@marquee/coordination';
import { createNatsBroadcast, createNatsLeases } from '@marquee/coordination/nats-jetstream';
import { createRedisStore } from '@marquee/feature-store/redis';
import { RANKING_COLUMNS, storeSlotGroupOf, titlePopularityView } from '@marquee/features';
import {
  collaborativeExaminer,
  collaborativeRegistry,
  type ModelRegistry,
  publishProduction,
  publishTrials,
  type RetrievalRegistry,
  rankerRegistry,
  towerExaminer,
  towerRegistry,
} from '@marquee/model-registry';
import { COLLABORATIVE_MODEL_KEY, RANKING_MODEL_KEY, TWO_TOWER_MODEL_KEY } from '@marquee/model-runtime';
import { createOnnxRuntime, createOnnxVectorRuntime } from '@marquee/model-runtime/onnx';
import type { Component, Logger } from '@marquee/service-kit';
import { createPostgres } from '@marquee/service-kit/postgres';
import type { ServiceKit } from '@marquee/service-kit/service';
import type { ModelPromoterConfig } from './config.ts';
import type { ModelPromoterDeps } from './model-promoter.worker.ts';

/** `ports` in the order in which they start. */
export function modelPromoterDeps(
  config: ModelPromoterConfig,
  kit: ServiceKit,
): ModelPromoterDeps & { leases: Leases; broadcast: ConfigurationBroadcast; ports: Component[] } {
  const { clock, logger, metrics } = kit;
  const { modelsFolder, lakeFolder } = config;
  const served = {
    columns: RANKING_COLUMNS,
    featureViews: { [titlePopularityView.name]: titlePopularityView.version },
  };
  const postgres = createPostgres({ ...config.postgres, applicationName: 'marquee-model-promoter', logger });
  const catalogue = createPostgresCatalogue({ postgres, clock });
  const store = createRedisStore({
    ...config.redis,
    slotGroupOf: storeSlotGroupOf(config.nats.partitions),
    logger,
  });
  const leases = createNatsLeases({ ...config.nats, logger });
  const broadcast = createNatsBroadcast({ ...config.nats, logger });
  const registry = rankerRegistry({ modelsFolder, clock });
  const towers = towerRegistry({ modelsFolder, clock });
  const collaborative = collaborativeRegistry({ modelsFolder, clock });
  return {
    ...{ registry, store, lakeFolder, catalogue, served, clock, logger, metrics, leases, broadcast },
    makeRuntime: () => createOnnxRuntime({ ...served, threads: 1, logger }),
    retrieval: [
      {
        registry: towers,
        examiner: towerExaminer((columns) =>
          createOnnxVectorRuntime({ threads: 1, columns, featureViews: {}, warmUpRows: 1, logger }),
        ),
      },
      { registry: collaborative, examiner: collaborativeExaminer },
    ],
    async publish() {
      await publishTrials(registry, broadcast);
      await publishProduction(registry, broadcast);
      await publishProduction(towers, broadcast, TWO_TOWER_MODEL_KEY);
      await publishProduction(collaborative, broadcast, COLLABORATIVE_MODEL_KEY);
    },
    ports: [
      postgres,
      catalogue,
      store,
      broadcast,
      adopting({ name: 'model-in-force', registry, broadcast, key: RANKING_MODEL_KEY }),
      adopting({
        ...{ name: 'collaborative-model-in-force', registry: collaborative, broadcast, logger },
        key: COLLABORATIVE_MODEL_KEY,
      }),
      leases,
    ],
  };
}

interface InForce {
  readonly name: string;
  readonly registry: Pick<ModelRegistry | RetrievalRegistry, 'adopt'>;
  readonly broadcast: ConfigurationBroadcast;
  readonly key: string;
  /** Where one that cannot be adopted is said and gone on without. Absent: it keeps the process from starting. */
  readonly logger?: Logger;
}

/** What an installation was filled with serves without the registry having been asked; it has to know what it compares with. */
function adopting({ name, registry, broadcast, key, logger }: InForce): Component {
  return {
    name,
    async start() {
      const serving = await broadcast.get(key);
      if (serving === undefined) return;
      const why = 'in force without the registry having been asked';
      try {
        await registry.adopt(serving.value, { by: 'marquee', why });
      } catch (error) {
        if (logger === undefined) throw error;
        logger.error({ err: error, model: serving.value }, 'what is in force was not taken over');
      }
    },
    stop: async () => undefined,
    readiness: () => ({ ready: true }),
  };
}
