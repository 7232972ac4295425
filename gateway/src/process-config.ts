/** Configuration of a gateway that runs as a process of its own: the edge's, and where the subgraphs are. */
import { readFileSync } from 'node:fs';
import { type Environment, MarqueeError, parseConfig } from '@marquee/service-kit';
import { SUBGRAPH_VARIABLES } from '@marquee/service-kit/service';
import { z } from 'zod';
import { type GatewayConfig, parseGatewayConfig } from './config.ts';
import type { Persona } from './options.ts';

const httpAddress = z.string().refine((text) => {
  const url = URL.parse(text);
  return url !== null && (url.protocol === 'http:' || url.protocol === 'https:') && url.pathname === '/';
}, 'must be addresses like http://host:port, with commas between several');

const addresses = z
  .string()
  .min(1)
  .transform((list) => list.split(',').map((address) => address.trim().replace(/\/$/, '')))
  .pipe(z.array(httpAddress).min(1).max(64));

const variables = z.object({
  MARQUEE_GATEWAY_SECRET: SUBGRAPH_VARIABLES.MARQUEE_GATEWAY_SECRET,
  /** Every copy of the subgraph, or one address that spreads requests over them. */
  MARQUEE_SUBGRAPH_CONTENT: addresses,
  MARQUEE_SUBGRAPH_USER_PROFILE: addresses,
  MARQUEE_SUBGRAPH_RECOMMENDATION: addresses,
  MARQUEE_SUBGRAPH_EXPERIMENT: addresses,
  /** How long each part may take to stop. */
  MARQUEE_STOP_WITHIN_MS: z.coerce.number().int().min(1).max(600_000).default(20_000),
  /** JSON file with whom to try the platform as, listed in development mode. */
  MARQUEE_PERSONAS_FILE: z.string().min(1).optional(),
});

/**
 * More than for all parts in one process: here most of a request's time is waiting for others, and when one of those is away
 * or slow, answering by fallbacks must not be taken for an overload of the gateway.
 */
const CONCURRENCY_MIN = '8';

const personas = z.array(z.object({ id: z.string(), name: z.string(), tastes: z.array(z.string()) }));

export interface GatewayProcessConfig {
  readonly gateway: GatewayConfig;
  readonly gatewaySecret: string;
  /** Subgraph name → addresses of its copies. */
  readonly subgraphs: Readonly<Record<string, readonly string[]>>;
  readonly stopWithinMs: number;
  readonly personas: readonly Persona[];
}

/** @throws MarqueeError CONFIG_INVALID naming every variable that is wrong. */
export function loadGatewayProcessConfig(environment: Environment): GatewayProcessConfig {
  const [edge, rest] = bothOrAllErrors(
    () => parseGatewayConfig({ MARQUEE_CONCURRENCY_MIN: CONCURRENCY_MIN, ...environment }),
    () => parseConfig(variables, environment),
  );
  return {
    gateway: edge,
    gatewaySecret: rest.MARQUEE_GATEWAY_SECRET,
    subgraphs: {
      content: rest.MARQUEE_SUBGRAPH_CONTENT,
      'user-profile': rest.MARQUEE_SUBGRAPH_USER_PROFILE,
      recommendation: rest.MARQUEE_SUBGRAPH_RECOMMENDATION,
      experiment: rest.MARQUEE_SUBGRAPH_EXPERIMENT,
    },
    stopWithinMs: rest.MARQUEE_STOP_WITHIN_MS,
    personas: rest.MARQUEE_PERSONAS_FILE === undefined ? [] : readPersonas(rest.MARQUEE_PERSONAS_FILE),
  };
}

function readPersonas(file: string): readonly Persona[] {
  try {
    return personas.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new MarqueeError('CONFIG_INVALID', {
      message: `MARQUEE_PERSONAS_FILE: ${file} is not a readable list of personas`,
      cause,
    });
  }
}

/** Whoever sets a process up wants to hear of all mistakes at once. */
function bothOrAllErrors<A, B>(first: () => A, second: () => B): [A, B] {
  const errors: string[] = [];
  const attempt = <T>(parse: () => T): T | undefined => {
    try {
      return parse();
    } catch (error) {
      errors.push(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  };
  const results = [attempt(first), attempt(second)];
  if (errors.length > 0) throw new MarqueeError('CONFIG_INVALID', errors.join('; '));
  return results as [A, B];
}
