/** Where a gateway process takes its supergraph from. */
import { type Environment, parseConfig } from '@marquee/service-kit';
import { NATS_VARIABLES } from '@marquee/service-kit/service';
import { z } from 'zod';

const variables = z.object({
  /**
   * `shipped`: the one that came with the code. `file`: MARQUEE_SUPERGRAPH_FILE, followed as it changes. `published`: what
   * `npm run schema -- publish` put into the configuration broadcast on NATS, followed; the shipped one until there is any.
   */
  MARQUEE_SUPERGRAPH_SOURCE: z.enum(['shipped', 'file', 'published']).default('shipped'),
  /**
   * Of a gateway that follows what is published: whether it publishes the shipped one where there is none, or where that one was never
   * published in this installation, as after an upgrade.
   */
  MARQUEE_SUPERGRAPH_PUBLISH_SHIPPED: z.enum(['true', 'false']).default('true'),
  /** Path of a composed supergraph. */
  MARQUEE_SUPERGRAPH_FILE: z.string().min(1).optional(),
  /** Path for the one that served last, to start with when the source has none. Every process needs its own. */
  MARQUEE_SUPERGRAPH_LAST_GOOD: z.string().min(1).optional(),
  /** How long a start waits for the source before it begins with the last good one. */
  MARQUEE_SUPERGRAPH_WAIT_MS: z.coerce.number().int().min(1).max(600_000).default(10_000),
  NATS_URL: NATS_VARIABLES.NATS_URL,
  NATS_USER: NATS_VARIABLES.NATS_USER,
  NATS_PASSWORD: NATS_VARIABLES.NATS_PASSWORD,
  NATS_TOKEN: NATS_VARIABLES.NATS_TOKEN,
  MARQUEE_STREAM: NATS_VARIABLES.MARQUEE_STREAM,
  MARQUEE_REPLICAS: NATS_VARIABLES.MARQUEE_REPLICAS,
});

const rules = variables.refine(
  ({ MARQUEE_SUPERGRAPH_SOURCE: source, MARQUEE_SUPERGRAPH_FILE: file }) =>
    source !== 'file' || file !== undefined,
  { path: ['MARQUEE_SUPERGRAPH_FILE'], message: 'required when MARQUEE_SUPERGRAPH_SOURCE is file' },
);

export interface NatsConfig {
  readonly servers: readonly string[];
  readonly credentials?: { readonly user: string; readonly password: string } | { readonly token: string };
  readonly stream: string;
  readonly replicas: number;
}

export interface SupergraphConfig {
  readonly source:
    | { readonly kind: 'shipped' }
    | { readonly kind: 'file'; readonly path: string }
    | { readonly kind: 'published'; readonly nats: NatsConfig; readonly publishShipped: boolean };
  readonly lastGoodPath: string | undefined;
  readonly waitMs: number;
}

/** @throws MarqueeError CONFIG_INVALID naming every variable that is wrong. */
export function parseSupergraphConfig(environment: Environment): SupergraphConfig {
  const values = parseConfig(rules, environment);
  return {
    source: sourceOf(values),
    lastGoodPath: values.MARQUEE_SUPERGRAPH_LAST_GOOD,
    waitMs: values.MARQUEE_SUPERGRAPH_WAIT_MS,
  };
}

function sourceOf(values: z.infer<typeof variables>): SupergraphConfig['source'] {
  if (values.MARQUEE_SUPERGRAPH_SOURCE === 'file') {
    return { kind: 'file', path: values.MARQUEE_SUPERGRAPH_FILE as string };
  }
  if (values.MARQUEE_SUPERGRAPH_SOURCE === 'shipped') return { kind: 'shipped' };
  const { NATS_USER: user, NATS_PASSWORD: password = '', NATS_TOKEN: token } = values;
  return {
    kind: 'published',
    publishShipped: values.MARQUEE_SUPERGRAPH_PUBLISH_SHIPPED === 'true',
    nats: {
      servers: values.NATS_URL.split(',').map((address) => address.trim()),
      ...(user === undefined ? {} : { credentials: { user, password } }),
      ...(token === undefined ? {} : { credentials: { token } }),
      stream: values.MARQUEE_STREAM,
      replicas: values.MARQUEE_REPLICAS,
    },
  };
}
