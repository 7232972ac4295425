/** Configuration of the prewarmer process. */
import { type Environment, parseConfig } from '@marquee/service-kit';
import {
  NATS_VARIABLES,
  SERVICE_VARIABLES,
  SUBGRAPH_VARIABLES,
  toNatsConfig,
  toServiceConfig,
} from '@marquee/service-kit/service';
import { z } from 'zod';

const variables = z.object({
  ...SERVICE_VARIABLES,
  ...NATS_VARIABLES,
  /** Signs what it asks of recommendation processes, as gateways do. */
  MARQUEE_GATEWAY_SECRET: SUBGRAPH_VARIABLES.MARQUEE_GATEWAY_SECRET,
  /** Every copy, with commas between, or one address that spreads requests over them. */
  MARQUEE_SUBGRAPH_RECOMMENDATION: z
    .string()
    .min(1)
    .transform((list) => list.split(',').map((address) => address.trim().replace(/\/$/, '')))
    .pipe(
      z
        .array(z.url({ protocol: /^https?$/ }))
        .min(1)
        .max(64),
    ),
  /** Between two rounds. */
  MARQUEE_PREWARM_EVERY_MS: z.coerce.number().int().min(1_000).max(86_400_000).default(600_000),
  /** Pages of a round at most. */
  MARQUEE_PREWARM_PAGES: z.coerce.number().int().min(1).max(1_000_000).default(500),
  /** Share of the time that a page may be in the making. */
  MARQUEE_PREWARM_BUDGET: z.coerce.number().min(0.01).max(1).default(0.2),
});

export type PrewarmerConfig = ReturnType<typeof loadPrewarmerConfig>;

/** @throws MarqueeError CONFIG_INVALID naming every variable that is wrong. */
export function loadPrewarmerConfig(environment: Environment) {
  const values = parseConfig(variables, environment);
  return {
    ...toServiceConfig(values),
    nats: toNatsConfig(values),
    recommendation: {
      addresses: values.MARQUEE_SUBGRAPH_RECOMMENDATION,
      secret: values.MARQUEE_GATEWAY_SECRET,
      timeoutMs: 2_000,
    },
    options: {
      everyMs: values.MARQUEE_PREWARM_EVERY_MS,
      pages: values.MARQUEE_PREWARM_PAGES,
      budget: values.MARQUEE_PREWARM_BUDGET,
    },
  };
}
