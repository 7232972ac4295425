/** The model-promoter process's ports, on their distributed adapters. */
import type { ConfigurationBroadcast, Leases } from '@marquee/coordination';
import { createNatsBroadcast, createNatsLeases } from '@marquee/coordination/nats-jetstream';
import { createRedisStore } from '@marquee/feature-store/redis';
import { RANKING_COLUMNS, storeSlotGroupOf, titlePopularityView } from '@marquee/features';
import {
  type ModelRegistry,
  publishProduction,
  publishTrials,
  rankerRegistry,
  towerRegistry,
} from '@marquee/model-registry';
import { RANKING_MODEL_KEY, TWO_TOWER_MODEL_KEY } from '@marquee/model-runtime';
import { createOnnxRuntime, createOnnxVectorRuntime } from '@marquee/model-runtime/onnx';
import type { Component } from '@marquee/service-kit';
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
  const store = createRedisStore({
    ...config.redis,
    slotGroupOf: storeSlotGroupOf(config.nats.partitions),
    logger,
  });
  const leases = createNatsLeases({ ...config.nats, logger });
  const broadcast = createNatsBroadcast({ ...config.nats, logger });
  const registry = rankerRegistry({ modelsFolder, clock });
  const towers = towerRegistry({ modelsFolder, clock });
  return {
    ...{ registry, store, lakeFolder, served, clock, logger, metrics, leases, broadcast },
    makeRuntime: () => createOnnxRuntime({ ...served, threads: 1, logger }),
    towers: {
      registry: towers,
      makeRuntime: (columns) =>
        createOnnxVectorRuntime({ threads: 1, columns, featureViews: {}, warmUpRows: 1, logger }),
    },
    async publish() {
      await publishTrials(registry, broadcast);
      await publishProduction(registry, broadcast);
      await publishProduction(towers, broadcast, TWO_TOWER_MODEL_KEY);
    },
    ports: [store, broadcast, adopting(registry, broadcast), leases],
  };
}

/** What an installation was filled with serves without the registry having been asked; it has to know what it compares with. */
function adopting(registry: ModelRegistry, broadcast: ConfigurationBroadcast): Component {
  return {
    name: 'model-in-force',
    async start() {
      const serving = await broadcast.get(RANKING_MODEL_KEY);
      if (serving === undefined) return;
      await registry.adopt(serving.value, {
        by: 'marquee',
        why: 'in force without the registry having been asked',
      });
    },
    stop: async () => undefined,
    readiness: () => ({ ready: true }),
  };
}
