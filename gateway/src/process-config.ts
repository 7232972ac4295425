/** Configuration of a gateway that runs as a process of its own: the edge's, and where the subgraphs are. */
import { readFileSync } from 'node:fs';
import { type Environment, MarqueeError, parseConfig } from '@marquee/service-kit';
import { SUBGRAPH_VARIABLES, type TlsPaths } from '@marquee/service-kit/service';
import { z } from 'zod';
import { type GatewayConfig, parseGatewayConfig } from './config.ts';
import type { Persona } from './options.ts';
import { parseQuotaConfig, type QuotaConfig } from './partners/quotas/quota-setup.ts';
import {
  type PlatformCacheConfig,
  parsePlatformCacheConfig,
} from './response-cache/platform-cache-config.ts';
import { parseSupergraphConfig, type SupergraphConfig } from './supergraph-config.ts';

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
  /** Shared with the subgraphs: every request to them is signed with it. */
  MARQUEE_GATEWAY_SECRET: SUBGRAPH_VARIABLES.MARQUEE_GATEWAY_SECRET,
  /** Every copy of the subgraph with commas between, or one address that spreads requests over them. */
  MARQUEE_SUBGRAPH_CONTENT: addresses,
  /** The same. */
  MARQUEE_SUBGRAPH_USER_PROFILE: addresses,
  /** The same. */
  MARQUEE_SUBGRAPH_RECOMMENDATION: addresses,
  /** The same. */
  MARQUEE_SUBGRAPH_EXPERIMENT: addresses,
  /** PEM file of the authorities of subgraphs' certificates, for addresses with https. Default: those that Node knows. */
  MARQUEE_SUBGRAPH_TLS_CA: z.string().min(1).optional(),
  /** PEM file of the gateway's own certificate, for subgraphs that ask for one. Read again when it changes. */
  MARQUEE_SUBGRAPH_TLS_CERT: z.string().min(1).optional(),
  /** PEM file of its key. */
  MARQUEE_SUBGRAPH_TLS_KEY: z.string().min(1).optional(),
  /** How long each part may take to stop. */
  MARQUEE_STOP_WITHIN_MS: z.coerce.number().int().min(1).max(600_000).default(20_000),
  /** JSON file with whom to try the platform as, listed in development mode. */
  MARQUEE_PERSONAS_FILE: z.string().min(1).optional(),
});

const SUBGRAPH_VARIABLE = /^MARQUEE_SUBGRAPH_(?!TLS_)([A-Z][A-Z0-9_]*)$/;

/** Subgraphs that came later have variables like the first ones': `MARQUEE_SUBGRAPH_WATCH_PARTY` for `watch-party`. */
function furtherSubgraphs(environment: Environment): readonly string[] {
  return Object.keys(environment).filter(
    (name) => SUBGRAPH_VARIABLE.test(name) && !(name in variables.shape),
  );
}

function subgraphOf(variable: string): string {
  return (SUBGRAPH_VARIABLE.exec(variable)?.[1] ?? '').toLowerCase().replaceAll('_', '-');
}

/** A key that is meant to be shown and is not would be found out by the subgraph that refuses the gateway. */
const checkedVariables = (further: readonly string[]) =>
  (
    variables.extend(
      Object.fromEntries(further.map((name) => [name, addresses])),
    ) as unknown as typeof variables
  )
    .refine(
      ({ MARQUEE_SUBGRAPH_TLS_CERT: cert, MARQUEE_SUBGRAPH_TLS_KEY: key }) =>
        (cert === undefined) === (key === undefined),
      {
        path: ['MARQUEE_SUBGRAPH_TLS_CERT'],
        message: 'needs MARQUEE_SUBGRAPH_TLS_KEY, and the other way round',
      },
    )
    .refine(
      ({ MARQUEE_SUBGRAPH_TLS_CA: ca, MARQUEE_SUBGRAPH_TLS_CERT: cert, ...rest }) =>
        (ca === undefined && cert === undefined) ||
        Object.entries(rest).every(
          ([name, value]) =>
            !name.startsWith('MARQUEE_SUBGRAPH_') ||
            !Array.isArray(value) ||
            value.every((address) => String(address).startsWith('https:')),
        ),
      {
        path: ['MARQUEE_SUBGRAPH_TLS_CA'],
        message: 'with certificates every MARQUEE_SUBGRAPH_ address must begin with https://',
      },
    );

/**
 * Other than for all parts in one process: here most of a request's time is waiting for others, who have limits of their own.
 * Where one of those is away or slow, answering by fallbacks must not be taken for an overload of the gateway; nor must the
 * second or two in which a process that starts on the same machine takes its processors.
 */
const USUAL = {
  MARQUEE_CONCURRENCY_MIN: '32',
  MARQUEE_QUEUE_INTERVAL_MS: '1000',
  MARQUEE_QUEUE_ONSET_MS: '1000',
};

const personas = z.array(z.object({ id: z.string(), name: z.string(), tastes: z.array(z.string()) }));

export interface GatewayProcessConfig {
  readonly gateway: GatewayConfig;
  readonly supergraph: SupergraphConfig;
  readonly responseCache: PlatformCacheConfig;
  readonly quotas: QuotaConfig;
  readonly gatewaySecret: string;
  /** Subgraph name → addresses of its copies. */
  readonly subgraphs: Readonly<Record<string, readonly string[]>>;
  /** Undefined: no files are named. */
  readonly subgraphTls: TlsPaths | undefined;
  readonly stopWithinMs: number;
  readonly personas: readonly Persona[];
}

/** @throws MarqueeError CONFIG_INVALID naming every variable that is wrong. */
export function loadGatewayProcessConfig(environment: Environment): GatewayProcessConfig {
  const further = furtherSubgraphs(environment);
  const [edge, rest, supergraph, responseCache, quotas] = allOrAllErrors(
    () => parseGatewayConfig({ ...USUAL, ...environment }),
    () => parseConfig(checkedVariables(further), environment),
    () => parseSupergraphConfig(environment),
    () => parsePlatformCacheConfig(environment),
    () => parseQuotaConfig(environment),
  );
  return {
    gateway: edge,
    supergraph,
    responseCache,
    quotas,
    gatewaySecret: rest.MARQUEE_GATEWAY_SECRET,
    subgraphs: {
      content: rest.MARQUEE_SUBGRAPH_CONTENT,
      'user-profile': rest.MARQUEE_SUBGRAPH_USER_PROFILE,
      recommendation: rest.MARQUEE_SUBGRAPH_RECOMMENDATION,
      experiment: rest.MARQUEE_SUBGRAPH_EXPERIMENT,
      ...Object.fromEntries(
        further.map((name) => [
          subgraphOf(name),
          (rest as Readonly<Record<string, unknown>>)[name] as string[],
        ]),
      ),
    },
    subgraphTls: subgraphTls(rest),
    stopWithinMs: rest.MARQUEE_STOP_WITHIN_MS,
    personas: rest.MARQUEE_PERSONAS_FILE === undefined ? [] : readPersonas(rest.MARQUEE_PERSONAS_FILE),
  };
}

function subgraphTls(values: z.infer<typeof variables>): TlsPaths | undefined {
  const {
    MARQUEE_SUBGRAPH_TLS_CA: ca,
    MARQUEE_SUBGRAPH_TLS_CERT: cert,
    MARQUEE_SUBGRAPH_TLS_KEY: key,
  } = values;
  return ca === undefined && cert === undefined ? undefined : { ca, cert, key };
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
function allOrAllErrors<T extends readonly unknown[]>(...parts: { [K in keyof T]: () => T[K] }): T {
  const errors: string[] = [];
  const results = parts.map((parse) => {
    try {
      return parse();
    } catch (error) {
      errors.push(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  });
  if (errors.length > 0) throw new MarqueeError('CONFIG_INVALID', errors.join('; '));
  return results as unknown as T;
}
