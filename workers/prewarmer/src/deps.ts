/** The prewarmer process's ports, on their distributed adapters. */
import type { Leases } from '@marquee/coordination';
import { createNatsBroadcast, createNatsLeases } from '@marquee/coordination/nats-jetstream';
import { observeEventBus } from '@marquee/event-bus';
import { createNatsEventBus } from '@marquee/event-bus/nats-jetstream';
import { RANKING_MODEL_KEY } from '@marquee/model-runtime';
import type { Component } from '@marquee/service-kit';
import type { ServiceKit } from '@marquee/service-kit/service';
import { askRecommendation } from './ask-recommendation.ts';
import type { PrewarmerConfig } from './config.ts';
import type { PrewarmerDeps } from './prewarmer.worker.ts';

/** `ports` in the order in which they start. */
export function prewarmerDeps(
  config: PrewarmerConfig,
  kit: ServiceKit,
): PrewarmerDeps & { leases: Leases; ports: Component[] } {
  const { clock, logger, metrics } = kit;
  const bus = observeEventBus(createNatsEventBus({ ...config.nats, clock, logger }), metrics);
  const broadcast = createNatsBroadcast({ ...config.nats, logger });
  const leases = createNatsLeases({ ...config.nats, logger });
  return {
    bus,
    leases,
    clock,
    logger,
    metrics,
    makeAhead: askRecommendation({ ...config.recommendation, clock }),
    onPromotion(act) {
      // The first value is the model that serves already.
      let known: number | undefined;
      return broadcast.watch(RANKING_MODEL_KEY, ({ revision }) => {
        if (known !== undefined && revision !== known) act();
        known = revision;
      });
    },
    ports: [bus, broadcast, leases],
  };
}
