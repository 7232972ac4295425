/**
 * Where traces go and which of them, by the standard variables of OpenTelemetry. Without an address nothing is recorded
 * and nothing of OpenTelemetry is loaded.
 * https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/ and .../protocol/exporter/
 */
import { z } from 'zod';
import { type Environment, parseConfig } from '../config.ts';

const httpAddress = z.string().refine((text) => {
  const url = URL.parse(text);
  return url !== null && (url.protocol === 'http:' || url.protocol === 'https:');
}, 'must be an address like http://host:4318');
/** `name=value,name=value`, values percent-encoded, as in W3C Baggage. */
const pairs = z.string().transform((text, context) => {
  const entries = text.split(',').flatMap((pair): [string, string][] => {
    if (pair.trim() === '') return [];
    const at = pair.indexOf('=');
    const name = pair.slice(0, Math.max(at, 0)).trim();
    const value = decoded(pair.slice(at + 1).trim());
    if (name === '' || value === undefined) {
      context.addIssue({
        code: 'custom',
        message: 'must be like name=value,name=value, values percent-encoded',
      });
      return [];
    }
    return [[name, value]];
  });
  return Object.fromEntries(entries);
});
const count = (fallback: number) => z.coerce.number().int().min(1).max(1_000_000).default(fallback);
const milliseconds = (fallback: number) => z.coerce.number().int().min(1).max(600_000).default(fallback);

export const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

export const TELEMETRY_VARIABLES = {
  /** `true` turns traces off. */
  OTEL_SDK_DISABLED: z.enum(['true', 'false']).default('false'),
  /** `none` turns traces off. */
  OTEL_TRACES_EXPORTER: z.enum(['otlp', 'none']).default('otlp'),
  /** Base address of a collector; `/v1/traces` is added. Absent: no traces. */
  OTEL_EXPORTER_OTLP_ENDPOINT: httpAddress.optional(),
  /** The whole address, in place of the above. */
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: httpAddress.optional(),
  /** The one that is spoken. */
  OTEL_EXPORTER_OTLP_PROTOCOL: z
    .literal('http/json', 'must be http/json, the only one that is spoken')
    .optional(),
  /** Of what is sent. */
  OTEL_EXPORTER_OTLP_COMPRESSION: z.enum(['gzip', 'none']).default('none'),
  /** Secrets, as a rule: never logged. */
  OTEL_EXPORTER_OTLP_HEADERS: pairs.optional(),
  /** In place of the above. */
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: pairs.optional(),
  /** For one batch, repetitions included. */
  OTEL_EXPORTER_OTLP_TIMEOUT: milliseconds(10_000),
  /** Default: the name of the process. */
  OTEL_SERVICE_NAME: z.string().min(1).optional(),
  /** Added to every span: `key=value`, with commas between. */
  OTEL_RESOURCE_ATTRIBUTES: pairs.optional(),
  /** Which traces are kept. */
  OTEL_TRACES_SAMPLER: z.enum(SAMPLERS).default('parentbased_always_on'),
  /** The share of traces that the ratio samplers keep. */
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).default(1),
  /** Spans that wait to be sent; more are dropped and counted. */
  OTEL_BSP_MAX_QUEUE_SIZE: count(2_048),
  /** Spans that are sent together. */
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: count(512),
  /** Milliseconds between two batches. */
  OTEL_BSP_SCHEDULE_DELAY: milliseconds(5_000),
};

export interface TelemetryConfig {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly compression: 'gzip' | 'none';
  readonly timeoutMs: number;
  /** Absent: the process says what it is called. */
  readonly serviceName?: string;
  readonly resource: Readonly<Record<string, string>>;
  readonly sampler: (typeof SAMPLERS)[number];
  /** 0 to 1. */
  readonly ratio: number;
  readonly queue: { readonly limit: number; readonly batch: number; readonly delayMs: number };
}

const variables = z.object(TELEMETRY_VARIABLES);

/** For processes that configure nothing else by the environment. @throws MarqueeError CONFIG_INVALID */
export function loadTelemetryConfig(environment: Environment): TelemetryConfig | undefined {
  return toTelemetryConfig(parseConfig(variables, environment));
}

/** Undefined where no address is given, or it is switched off. */
export function toTelemetryConfig(given: z.infer<typeof variables>): TelemetryConfig | undefined {
  const base = given.OTEL_EXPORTER_OTLP_ENDPOINT;
  const url = given.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? (base && `${base.replace(/\/+$/, '')}/v1/traces`);
  if (url === undefined || given.OTEL_SDK_DISABLED === 'true' || given.OTEL_TRACES_EXPORTER === 'none') {
    return undefined;
  }
  const name = given.OTEL_SERVICE_NAME;
  const limit = given.OTEL_BSP_MAX_QUEUE_SIZE;
  return {
    url,
    headers: { ...given.OTEL_EXPORTER_OTLP_HEADERS, ...given.OTEL_EXPORTER_OTLP_TRACES_HEADERS },
    compression: given.OTEL_EXPORTER_OTLP_COMPRESSION,
    timeoutMs: given.OTEL_EXPORTER_OTLP_TIMEOUT,
    ...(name === undefined ? {} : { serviceName: name }),
    resource: given.OTEL_RESOURCE_ATTRIBUTES ?? {},
    sampler: given.OTEL_TRACES_SAMPLER,
    ratio: given.OTEL_TRACES_SAMPLER_ARG,
    queue: {
      limit,
      batch: Math.min(limit, given.OTEL_BSP_MAX_EXPORT_BATCH_SIZE),
      delayMs: given.OTEL_BSP_SCHEDULE_DELAY,
    },
  };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
