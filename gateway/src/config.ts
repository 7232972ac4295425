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
import {
  DRAIN_VARIABLES,
  type DrainConfig,
  drainConfig,
  HTTP_VARIABLES,
  type HttpLimits,
  httpLimits,
} from './http/variables.ts';
import { AUTH_VARIABLES, type AuthConfig, authConfig, authProblem } from './identity/auth-variables.ts';
import { milliseconds } from './number-variables.ts';
import { OVERLOAD_VARIABLES, type OverloadConfig, overloadConfig } from './overload/variables.ts';
import { PARTNER_VARIABLES, type PartnerConfig, partnerConfig } from './partners/variables.ts';
import { INTROSPECTION_VARIABLES, type IntrospectionPolicy } from './plugins/introspection.plugin.ts';
import { SIGHT_VARIABLES, type SightConfig, sightConfig } from './sight/variables.ts';
import type { StreamOptions } from './subscriptions/open-streams.ts';
import { STREAM_VARIABLES, streamConfig } from './subscriptions/variables.ts';
import { DOCUMENT_VARIABLES, type DocumentConfig, documentConfig } from './trusted-documents/variables.ts';

export type { AuthConfig } from './identity/auth-variables.ts';
export type { OverloadConfig } from './overload/variables.ts';

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
  ...HTTP_VARIABLES,
  ...DRAIN_VARIABLES,
  ...OVERLOAD_VARIABLES,
});

type Variables = z.infer<typeof gatewayVariables>;

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
    drain: drainConfig(variables, variables.MARQUEE_MODE),
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
