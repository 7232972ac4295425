/**
 * Configuration of the edge. Parsed once, all errors reported together; nothing else in the gateway reads the
 * environment.
 */
import { type Environment, MarqueeError, parseConfig, portVariable } from '@marquee/service-kit';
import { TELEMETRY_VARIABLES, type TelemetryConfig, toTelemetryConfig } from '@marquee/service-kit/service';
import { z } from 'zod';
import {
  AUTHORIZATION_VARIABLES,
  type AuthorizationOptions,
  authorizationConfig,
} from './authorization/authorization-options.ts';
import {
  DEMAND_CONTROL_VARIABLES,
  type DemandControlOptions,
  demandControlConfig,
} from './demand-control/demand-control-options.ts';
import type { OverrideShares } from './executor/planning/override-labels.ts';
import { OVERRIDE_VARIABLES } from './executor/planning/override-variables.ts';
import {
  OPEN_IN_PRODUCTION,
  VARIANT_VARIABLES,
  type VariantOptions,
  variantConfig,
} from './federation/variants/variant-options.ts';
import { COMPRESSION_VARIABLES } from './http/compression.ts';
import { CORS_VARIABLES, type CorsOptions, corsConfig, isSafe, OPEN_WITH_CREDENTIALS } from './http/cors.ts';
import { HTTP2_VARIABLES, type Http2Config, http2Config, http2Rule } from './http/http2-variables.ts';
import { AUTH_VARIABLES, type AuthConfig, authConfig, authProblem } from './identity/auth-variables.ts';
import { PARTNER_VARIABLES, type PartnerConfig, partnerConfig } from './partners/variables.ts';
import { INTROSPECTION_VARIABLES, type IntrospectionPolicy } from './plugins/introspection.plugin.ts';
import { SIGHT_VARIABLES, type SightConfig, sightConfig } from './sight/variables.ts';
import type { StreamOptions } from './subscriptions/open-streams.ts';
import { STREAM_VARIABLES, streamConfig } from './subscriptions/variables.ts';
import { DOCUMENT_VARIABLES, type DocumentConfig, documentConfig } from './trusted-documents/variables.ts';

export type { AuthConfig } from './identity/auth-variables.ts';

const milliseconds = (fallback: number, min = 1) =>
  z.coerce.number().int().min(min).max(600_000).default(fallback);
const count = (fallback: number, min: number, max: number) =>
  z.coerce.number().int().min(min).max(max).default(fallback);

/** What one client may take of the HTTP server. Node's own defaults let a few bytes hold a socket for minutes. */
const httpVariables = z.object({
  /** From the first byte of a connection or request to the end of its headers. */
  MARQUEE_HEADERS_TIMEOUT_MS: milliseconds(10_000, 50),
  /** From the first byte of a request to the end of its body. */
  MARQUEE_REQUEST_TIMEOUT_MS: milliseconds(15_000, 50),
  /** How often the two above are looked at, so how much later a slow client is cut off at most. */
  MARQUEE_TIMEOUT_CHECK_MS: milliseconds(1_000, 10),
  /** How long nothing may move on a connection with a request: the bound for clients that do not read. */
  MARQUEE_SOCKET_TIMEOUT_MS: milliseconds(30_000, 50),
  /** Longer than the idle time of load balancers (60 s): the client must be the one that closes. */
  MARQUEE_KEEP_ALIVE_MS: milliseconds(65_000, 50),
  /** Of all headers of a request; longer ones are refused with 431. */
  MARQUEE_MAX_HEADER_BYTES: count(16_384, 1_024, 1_048_576),
  /** A batch of 500 events with tracking tokens is about 200 KB. */
  MARQUEE_MAX_BODY_BYTES: count(262_144, 1_024, 104_857_600),
  /** More are closed as soon as they are accepted. */
  MARQUEE_MAX_CONNECTIONS: count(2_000, 1, 1_000_000),
  /** After so many a connection is closed with its answer, so that load balancers spread anew. */
  MARQUEE_MAX_REQUESTS_PER_CONNECTION: count(10_000, 1, 1_000_000_000),
});

const drainVariables = z.object({
  /**
   * How long a stopping gateway still takes new connections after `/ready` has turned false, so that whoever
   * routes to it can notice. Default 1,000 in production and 0 in development, where nobody routes.
   */
  MARQUEE_DRAIN_GRACE_MS: z.coerce.number().int().min(0).max(600_000).optional(),
  /** How long it waits after that for requests in flight. */
  MARQUEE_DRAIN_MS: milliseconds(8_000),
});

const overloadVariables = z.object({
  /** `off` leaves only the bound on requests in the gateway at once. */
  MARQUEE_OVERLOAD_PROTECTION: z.enum(['on', 'off']).default('on'),
  /** GraphQL requests in the gateway at once, waiting ones included; more are refused before their body is read. */
  MARQUEE_MAX_IN_FLIGHT: count(1_024, 1, 100_000),
  /** The adaptive number of GraphQL requests that are worked on at once is at least this. */
  MARQUEE_CONCURRENCY_MIN: count(1, 1, 10_000),
  /** And at most this. */
  MARQUEE_CONCURRENCY_MAX: count(256, 1, 100_000),
  /** GraphQL requests that may wait for their turn. */
  MARQUEE_QUEUE_LIMIT: count(512, 0, 100_000),
  /** The longest wait as long as the queue drains: how long a burst may take. */
  MARQUEE_QUEUE_MAX_WAIT_MS: milliseconds(3_000),
  /** The longest wait while the queue does not drain (CoDel's target). Critical requests wait twice as long. */
  MARQUEE_QUEUE_TARGET_MS: milliseconds(25),
  /**
   * How long a queue that does not drain is taken for a burst (CoDel's interval). Longer than a page of parallel
   * requests needs on a machine that is busy with other things, or such a page would be refused.
   */
  MARQUEE_QUEUE_INTERVAL_MS: milliseconds(400),
  /**
   * How long a queue may grow without a pause until it is taken for an overload, if it holds half an interval's work by then.
   * Not below the interval: that alone decides.
   */
  MARQUEE_QUEUE_ONSET_MS: milliseconds(150, 10),
  /** Root fields whose queries go before others, separated by commas. Mutations always do. */
  MARQUEE_CRITICAL_FIELDS: z
    .string()
    .regex(/^[_A-Za-z]\w*( *, *[_A-Za-z]\w*)*$/, 'must be names of root fields, separated by commas')
    .default('home'),
});

const gatewayVariables = z.object({
  /** Port to listen on; 0 picks a free one. */
  PORT: portVariable.default(4000),
  /** Address to listen on. */
  MARQUEE_HOST: z.string().default('127.0.0.1'),
  /** Development must be asked for by name: whatever forgets to say so is treated as production. */
  MARQUEE_MODE: z.enum(['development', 'production']).default('production'),
  ...AUTH_VARIABLES,
  ...AUTHORIZATION_VARIABLES,
  ...DEMAND_CONTROL_VARIABLES,
  ...DOCUMENT_VARIABLES,
  ...PARTNER_VARIABLES,
  ...HTTP2_VARIABLES,
  ...COMPRESSION_VARIABLES,
  ...INTROSPECTION_VARIABLES,
  ...CORS_VARIABLES,
  ...SIGHT_VARIABLES,
  ...STREAM_VARIABLES,
  ...TELEMETRY_VARIABLES,
  ...VARIANT_VARIABLES,
  ...OVERRIDE_VARIABLES,
  /** The least that is logged, as JSON on standard error. */
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  /** How long a request may take before its client is told that it took too long. */
  MARQUEE_REQUEST_DEADLINE_MS: milliseconds(10_000),
  ...httpVariables.shape,
  ...drainVariables.shape,
  ...overloadVariables.shape,
});

type Variables = z.infer<typeof gatewayVariables>;

export interface HttpLimits {
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly timeoutCheckMs: number;
  readonly socketTimeoutMs: number;
  readonly keepAliveMs: number;
  readonly maxHeaderBytes: number;
  readonly maxBodyBytes: number;
  readonly maxConnections: number;
  readonly maxRequestsPerConnection: number;
}

export interface DrainConfig {
  /** `/ready` says no and everything else goes on. */
  readonly graceMs: number;
  /** After it, requests in flight have this long. */
  readonly boundMs: number;
}

export interface OverloadConfig {
  readonly enabled: boolean;
  readonly concurrency: { readonly min: number; readonly max: number };
  readonly queue: {
    readonly limit: number;
    readonly maxWaitMs: number;
    readonly targetMs: number;
    readonly intervalMs: number;
    readonly onsetMs: number;
  };
  /** Root fields of queries that go before others. */
  readonly criticalFields: ReadonlySet<string>;
}

export interface GatewayConfig {
  readonly port: number;
  readonly host: string;
  readonly mode: 'development' | 'production';
  readonly auth: AuthConfig;
  /** Default: fields that a request may not read are left out. */
  readonly authorization?: AuthorizationOptions;
  /** Default: costs are not looked at. */
  readonly demandControl?: DemandControlOptions;
  readonly logLevel: Variables['LOG_LEVEL'];
  readonly requestDeadlineMs: number;
  readonly http: HttpLimits;
  readonly drain: DrainConfig;
  /** GraphQL requests in the gateway at once. */
  readonly maxInFlight: number;
  readonly overload: OverloadConfig;
  readonly documents: DocumentConfig;
  /** Absent: there are none, and an API key is a header like any other. */
  readonly partners: PartnerConfig | undefined;
  /** Default: what takes a second is slow, and all use is counted. */
  readonly sight?: SightConfig;
  /** Default: as `DEFAULT_STREAM_OPTIONS` has it. */
  readonly subscriptions?: StreamOptions;
  /** Default: preview variants are served to nobody. */
  readonly variants?: VariantOptions;
  /** Long answers, for clients that can read them so. Default: they are. */
  readonly compresses?: boolean;
  /** Who may read the schema. Default: in development everybody, else nobody. */
  readonly introspection?: IntrospectionPolicy | undefined;
  /** Which pages of other origins may read answers. Default: none. */
  readonly cors?: CorsOptions;
  /** Absent: HTTP/1.1 alone. */
  readonly http2?: Http2Config | undefined;
  /** Default: labels of `@override` that say a percentage have it, the others are off. */
  readonly overrideShares?: OverrideShares;
  /** Absent: nothing is traced. */
  readonly telemetry?: TelemetryConfig | undefined;
}

/** @throws MarqueeError CONFIG_INVALID naming every variable that is wrong; production needs a secret or a key set. */
export function parseGatewayConfig(environment: Environment): GatewayConfig {
  const variables = parseConfig(rules.reduce(withRule, gatewayVariables), environment);
  return {
    port: variables.PORT,
    host: variables.MARQUEE_HOST,
    mode: variables.MARQUEE_MODE,
    auth: authConfig(variables),
    authorization: authorizationConfig(variables),
    demandControl: demandControlConfig(variables),
    logLevel: variables.LOG_LEVEL,
    requestDeadlineMs: variables.MARQUEE_REQUEST_DEADLINE_MS,
    http: httpLimits(variables),
    drain: {
      graceMs: variables.MARQUEE_DRAIN_GRACE_MS ?? (variables.MARQUEE_MODE === 'production' ? 1_000 : 0),
      boundMs: variables.MARQUEE_DRAIN_MS,
    },
    maxInFlight: variables.MARQUEE_MAX_IN_FLIGHT,
    overload: overloadConfig(variables),
    documents: documentConfig(variables),
    partners: partnerConfig(variables, variables.MARQUEE_MODE),
    sight: sightConfig(variables),
    overrideShares: variables.MARQUEE_OVERRIDES,
    variants: variantConfig(variables, variables.MARQUEE_MODE),
    subscriptions: streamConfig(variables),
    http2: http2Config(variables),
    compresses: variables.MARQUEE_COMPRESSION === 'on',
    cors: corsConfig(variables),
    introspection: variables.MARQUEE_INTROSPECTION,
    telemetry: toTelemetryConfig(variables),
  };
}

function httpLimits(variables: Variables): HttpLimits {
  return {
    headersTimeoutMs: variables.MARQUEE_HEADERS_TIMEOUT_MS,
    requestTimeoutMs: variables.MARQUEE_REQUEST_TIMEOUT_MS,
    timeoutCheckMs: variables.MARQUEE_TIMEOUT_CHECK_MS,
    socketTimeoutMs: variables.MARQUEE_SOCKET_TIMEOUT_MS,
    keepAliveMs: variables.MARQUEE_KEEP_ALIVE_MS,
    maxHeaderBytes: variables.MARQUEE_MAX_HEADER_BYTES,
    maxBodyBytes: variables.MARQUEE_MAX_BODY_BYTES,
    maxConnections: variables.MARQUEE_MAX_CONNECTIONS,
    maxRequestsPerConnection: variables.MARQUEE_MAX_REQUESTS_PER_CONNECTION,
  };
}

function overloadConfig(variables: Variables): OverloadConfig {
  return {
    enabled: variables.MARQUEE_OVERLOAD_PROTECTION === 'on',
    concurrency: { min: variables.MARQUEE_CONCURRENCY_MIN, max: variables.MARQUEE_CONCURRENCY_MAX },
    queue: {
      limit: variables.MARQUEE_QUEUE_LIMIT,
      maxWaitMs: variables.MARQUEE_QUEUE_MAX_WAIT_MS,
      targetMs: variables.MARQUEE_QUEUE_TARGET_MS,
      intervalMs: variables.MARQUEE_QUEUE_INTERVAL_MS,
      onsetMs: variables.MARQUEE_QUEUE_ONSET_MS,
    },
    criticalFields: new Set(variables.MARQUEE_CRITICAL_FIELDS.split(',').map((name) => name.trim())),
  };
}

interface Rule {
  readonly variable: keyof Variables;
  readonly message: string;
  /** Values of variables that are wrong themselves are missing or of another kind. */
  holds(variables: Partial<Variables>): boolean;
}

function withRule(
  schema: typeof gatewayVariables,
  { variable, message, holds }: Rule,
): typeof gatewayVariables {
  // Also when something else is wrong: all errors are reported together.
  return schema.refine(holds, { path: [variable], message, when: () => true });
}

const secretInProduction: Rule = {
  variable: 'MARQUEE_AUTH_SECRET',
  message:
    'required in production mode, or MARQUEE_AUTH_JWKS (set MARQUEE_MODE=development to try things out)',
  holds: ({ MARQUEE_MODE, MARQUEE_AUTH_SECRET, MARQUEE_AUTH_JWKS }) =>
    MARQUEE_MODE !== 'production' || MARQUEE_AUTH_SECRET !== undefined || MARQUEE_AUTH_JWKS !== undefined,
};

function notLarger(variable: keyof Variables, than: keyof Variables): Rule {
  return {
    variable,
    message: `must not be larger than ${than}`,
    holds: ({ [variable]: smaller, [than]: larger }) =>
      typeof smaller !== 'number' || typeof larger !== 'number' || smaller <= larger,
  };
}

const noOpenVariantsInProduction: Rule = {
  variable: 'MARQUEE_VARIANTS',
  message: OPEN_IN_PRODUCTION,
  holds: ({ MARQUEE_MODE, MARQUEE_VARIANTS }) => MARQUEE_MODE !== 'production' || MARQUEE_VARIANTS !== 'open',
};

const noCredentialsForAll: Rule = {
  variable: 'MARQUEE_CORS_CREDENTIALS',
  message: OPEN_WITH_CREDENTIALS,
  holds: ({ MARQUEE_CORS_ORIGINS: origins = [], MARQUEE_CORS_CREDENTIALS }) =>
    !Array.isArray(origins) || isSafe({ origins, credentials: MARQUEE_CORS_CREDENTIALS === 'on' }),
};

const rules: readonly Rule[] = [
  secretInProduction,
  http2Rule,
  noOpenVariantsInProduction,
  noCredentialsForAll,
  notLarger('MARQUEE_HEADERS_TIMEOUT_MS', 'MARQUEE_REQUEST_TIMEOUT_MS'),
  notLarger('MARQUEE_CONCURRENCY_MIN', 'MARQUEE_CONCURRENCY_MAX'),
  notLarger('MARQUEE_QUEUE_TARGET_MS', 'MARQUEE_QUEUE_MAX_WAIT_MS'),
];

/** The same rule for a configuration that was put together in code. */
export function assertUsable(config: GatewayConfig): void {
  const problem = authProblem(config.auth, config.mode === 'production');
  if (problem !== undefined) throw new MarqueeError('CONFIG_INVALID', problem);
}
