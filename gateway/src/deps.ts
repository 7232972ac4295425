/** The gateway process's one choice of adapter: where published supergraphs are heard of. */
import type { ConfigurationBroadcast } from '@marquee/coordination';
import { createNatsBroadcast } from '@marquee/coordination/nats-jetstream';
import type { Logger } from '@marquee/service-kit';
import type { NatsConfig } from './supergraph-config.ts';

export function supergraphBroadcast(nats: NatsConfig, logger: Logger): ConfigurationBroadcast {
  return createNatsBroadcast({ ...nats, logger });
}
