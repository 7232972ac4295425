/**
 * Variables that the processes of the distributed profile have in common, a group per concern. A process's config.ts
 * puts together the groups it needs; nothing else reads the environment.
 */
import { z } from 'zod';
import { booleanVariable, portVariable } from '../config.ts';
import { MarqueeError } from '../errors.ts';
import { MIN_GATEWAY_SECRET_BYTES } from '../subgraph/gateway-signature.ts';
import {
  TELEMETRY_VARIABLES,
  type TelemetryConfig,
  toTelemetryConfig,
} from '../telemetry/telemetry-config.ts';

const milliseconds = (fallback: number) => z.coerce.number().int().min(1).max(600_000).default(fallback);
const urlOf = (...protocols: readonly string[]) =>
  z.string().refine((text) => {
    const all = text.split(',').map((part) => URL.parse(part.trim()));
    return all.every((url) => url !== null && protocols.includes(url.protocol.replace(/:$/, '')));
  }, `must be an address like ${protocols[0]}://host:port`);

/** Every process. */
export const SERVICE_VARIABLES = {
  /** For health, readiness, metrics and, where there is one, the subgraph. 0 picks a free port. */
  PORT: portVariable.default(0),
  /** Address to listen on. */
  MARQUEE_HOST: z.string().min(1).default('127.0.0.1'),
  /** The least that is logged, as JSON on standard error. */
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  /** How long a process waits for its servers before it gives up and exits. */
  MARQUEE_START_WITHIN_MS: milliseconds(120_000),
  /** How long it goes on answering after it has said that it is not ready any more. */
  MARQUEE_DRAIN_GRACE_MS: z.coerce.number().int().min(0).max(60_000).default(500),
  /** How long each part may take to stop. */
  MARQUEE_STOP_WITHIN_MS: milliseconds(10_000),
  ...TELEMETRY_VARIABLES,
};

const gatewaySecret = z
  .string()
  .refine(
    (secret) => Buffer.byteLength(secret.trim()) >= MIN_GATEWAY_SECRET_BYTES,
    `must have at least ${MIN_GATEWAY_SECRET_BYTES} bytes`,
  );

/** Processes that answer the gateway. */
export const SUBGRAPH_VARIABLES = {
  /** Shared with the gateways, which sign every request with it. */
  MARQUEE_GATEWAY_SECRET: gatewaySecret,
  /** Accepted too, while gateways change from one to the other. */
  MARQUEE_GATEWAY_SECRET_PREVIOUS: gatewaySecret.optional(),
  /** Requests answered at once; more are refused with 503. */
  MARQUEE_MAX_IN_FLIGHT: z.coerce.number().int().min(1).max(100_000).default(512),
  /** Subscriptions at once, of all gateways together; more are refused with 503. */
  MARQUEE_MAX_STREAMS: z.coerce.number().int().min(0).max(1_000_000).default(2_000),
  /** PEM file. With it and the key the whole port speaks TLS, health and metrics too; read again when it changes. */
  MARQUEE_TLS_CERT: z.string().min(1).optional(),
  /** PEM file of its key. */
  MARQUEE_TLS_KEY: z.string().min(1).optional(),
  /** PEM file of the authorities of gateways' certificates. With it, GraphQL requests need one beside the signed header. */
  MARQUEE_TLS_CLIENT_CA: z.string().min(1).optional(),
  /** Common or DNS names of gateways, with commas between. Default: whoever the authorities have signed. */
  MARQUEE_TLS_CLIENT_NAMES: z.string().min(1).optional(),
};

export const NATS_VARIABLES = {
  /** One address, or several with commas between. */
  NATS_URL: urlOf('nats', 'tls').default('nats://127.0.0.1:4222'),
  /** With `NATS_PASSWORD`, where the server asks for them. */
  NATS_USER: z.string().min(1).optional(),
  /** Never logged. */
  NATS_PASSWORD: z.string().min(1).optional(),
  /** In place of user and password. */
  NATS_TOKEN: z.string().min(1).optional(),
  /** Prefix of streams, subjects and buckets: several installations may share a server. */
  MARQUEE_STREAM: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,32}$/, 'must be 1 to 32 letters, digits, - or _')
    .default('marquee'),
  /** Parts that the event log is divided into; fixed once it exists. */
  MARQUEE_PARTITIONS: z.coerce.number().int().min(1).max(256).default(8),
  /** Copies of every event: 3 on a cluster of three. */
  MARQUEE_REPLICAS: z.coerce.number().int().min(1).max(5).default(1),
  /**
   * How long a process that is not heard of keeps its partitions of the log and what else it leads. Shorter: a killed one
   * is replaced sooner; longer: one that is merely busy or cut off for a while keeps its work.
   */
  MARQUEE_LEASE_MS: z.coerce.number().int().min(1_000).max(60_000).default(2_000),
  /** Folder for events that wait on this machine while NATS is away. Every process needs its own. */
  MARQUEE_SPOOL_DIR: z.string().min(1).default('.marquee/spool'),
};

export const REDIS_VARIABLES = {
  /** One address for a standalone server; several with commas between for a cluster's nodes. */
  REDIS_URL: urlOf('redis', 'rediss').default('redis://127.0.0.1:6379'),
  /** Whether the addresses are nodes of a cluster. */
  REDIS_CLUSTER: booleanVariable.default(false),
  /** Of all keys: several installations may share a server. */
  MARQUEE_KEY_PREFIX: z.string().max(32).default('marquee:'),
};

export const POSTGRES_VARIABLES = {
  /** With user, password and database. */
  POSTGRES_URL: urlOf('postgres', 'postgresql').default('postgres://marquee:marquee@127.0.0.1:5432/marquee'),
  /** Connections of this process at most. */
  MARQUEE_POSTGRES_POOL: z.coerce.number().int().min(1).max(100).default(8),
};

export const QDRANT_VARIABLES = {
  /** Absent: every process that searches keeps an exact index of its own in memory. */
  QDRANT_URL: urlOf('http', 'https').optional(),
  /** Never logged. */
  QDRANT_API_KEY: z.string().min(1).optional(),
  /** Alias of the collection that is searched; collections themselves have versions behind it. */
  MARQUEE_COLLECTION: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 letters, digits, - or _')
    .default('titles'),
  /** Edges of a node of the graph. This and what follows: of collections that are made from now on; a rebuild of the index brings them to the live one. */
  MARQUEE_QDRANT_HNSW_M: z.coerce.number().int().min(4).max(128).optional(),
  /** Neighbours looked at while the graph is built. */
  MARQUEE_QDRANT_HNSW_EF_CONSTRUCT: z.coerce.number().int().min(16).max(2_048).optional(),
  /** Neighbours looked at by every search. */
  MARQUEE_QDRANT_HNSW_EF: z.coerce.number().int().min(16).max(10_000).optional(),
  /** One byte per dimension in memory, or vectors as they are. */
  MARQUEE_QDRANT_QUANTIZATION: z.enum(['none', 'int8']).optional(),
  /** How many times more are found by quantised vectors than are asked for, to be scored by the originals. */
  MARQUEE_QDRANT_OVERSAMPLING: z.coerce.number().min(1).max(16).optional(),
  /** Segments below are scanned. */
  MARQUEE_QDRANT_INDEXING_THRESHOLD_KB: z.coerce.number().int().min(1).optional(),
  /** Whether the originals stay on disk. */
  MARQUEE_QDRANT_VECTORS_ON_DISK: z.stringbool().optional(),
  /** Copies of every shard. */
  MARQUEE_QDRANT_REPLICAS: z.coerce.number().int().min(1).max(16).optional(),
};

/** What `runService` needs to know of any process. */
export interface ServiceConfig {
  readonly host: string;
  readonly port: number;
  readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
  readonly startWithinMs: number;
  readonly drainGraceMs: number;
  readonly stopWithinMs: number;
  /** Absent: nothing is traced. */
  readonly telemetry?: TelemetryConfig | undefined;
}

const serviceVariables = z.object(SERVICE_VARIABLES);

export function toServiceConfig(variables: z.infer<typeof serviceVariables>): ServiceConfig {
  return {
    host: variables.MARQUEE_HOST,
    port: variables.PORT,
    logLevel: variables.LOG_LEVEL,
    startWithinMs: variables.MARQUEE_START_WITHIN_MS,
    drainGraceMs: variables.MARQUEE_DRAIN_GRACE_MS,
    stopWithinMs: variables.MARQUEE_STOP_WITHIN_MS,
    telemetry: toTelemetryConfig(variables),
  };
}

export interface SubgraphConfig {
  readonly gatewaySecrets: readonly string[];
  readonly maxInFlight: number;
  readonly maxStreams: number;
  /** Absent: plain HTTP. */
  readonly tls?: TlsServerConfig;
}

export interface TlsServerConfig {
  readonly cert: string;
  readonly key: string;
  /** Absent: clients need no certificate. */
  readonly clientCa?: string;
  readonly clientNames: readonly string[];
}

const subgraphVariables = z.object(SUBGRAPH_VARIABLES);

export function toSubgraphConfig(variables: z.infer<typeof subgraphVariables>): SubgraphConfig {
  const { MARQUEE_GATEWAY_SECRET: current, MARQUEE_GATEWAY_SECRET_PREVIOUS: previous } = variables;
  return {
    gatewaySecrets: previous === undefined ? [current] : [current, previous],
    maxInFlight: variables.MARQUEE_MAX_IN_FLIGHT,
    maxStreams: variables.MARQUEE_MAX_STREAMS,
    ...tlsServer(variables),
  };
}

/** Whoever sets half of it must not be served without encryption. */
function tlsServer(variables: z.infer<typeof subgraphVariables>): { tls?: TlsServerConfig } {
  const { MARQUEE_TLS_CERT: cert, MARQUEE_TLS_KEY: key, MARQUEE_TLS_CLIENT_CA: clientCa } = variables;
  const names = variables.MARQUEE_TLS_CLIENT_NAMES;
  if (cert === undefined || key === undefined) {
    if (cert === undefined && key === undefined && clientCa === undefined && names === undefined) return {};
    throw new MarqueeError(
      'CONFIG_INVALID',
      'configuration is not valid: MARQUEE_TLS_CERT and MARQUEE_TLS_KEY are needed together, and for the other MARQUEE_TLS_ variables',
    );
  }
  if (names !== undefined && clientCa === undefined) {
    throw new MarqueeError(
      'CONFIG_INVALID',
      'configuration is not valid: MARQUEE_TLS_CLIENT_NAMES needs MARQUEE_TLS_CLIENT_CA',
    );
  }
  const clientNames = names === undefined ? [] : names.split(',').map((name) => name.trim());
  return { tls: { cert, key, clientNames, ...(clientCa === undefined ? {} : { clientCa }) } };
}

const natsVariables = z.object({ ...NATS_VARIABLES, ...SERVICE_VARIABLES });

export function toNatsConfig(variables: z.infer<typeof natsVariables>) {
  const { NATS_USER: user, NATS_PASSWORD: password, NATS_TOKEN: token } = variables;
  return {
    servers: addresses(variables.NATS_URL),
    ...(user === undefined ? {} : { credentials: { user, password: password ?? '' } }),
    ...(token === undefined ? {} : { credentials: { token } }),
    stream: variables.MARQUEE_STREAM,
    partitions: variables.MARQUEE_PARTITIONS,
    replicas: variables.MARQUEE_REPLICAS,
    leaseTtlMs: variables.MARQUEE_LEASE_MS,
    spoolFile: `${variables.MARQUEE_SPOOL_DIR}/events.sqlite`,
    startWithinMs: variables.MARQUEE_START_WITHIN_MS,
  };
}

const redisVariables = z.object({ ...REDIS_VARIABLES, ...SERVICE_VARIABLES });

export function toRedisConfig(variables: z.infer<typeof redisVariables>) {
  const urls = addresses(variables.REDIS_URL);
  return {
    ...(variables.REDIS_CLUSTER ? { clusterNodes: urls } : { url: urls[0] as string }),
    keyPrefix: variables.MARQUEE_KEY_PREFIX,
    startWithinMs: variables.MARQUEE_START_WITHIN_MS,
  };
}

const postgresVariables = z.object({ ...POSTGRES_VARIABLES, ...SERVICE_VARIABLES });

/**
 * For processes that answer people: what takes longer has no answer to go into any more. Workers have the adapter's own,
 * longer times.
 */
export const SERVING_POSTGRES = {
  statementTimeoutMs: 2_000,
  connectTimeoutMs: 1_000,
  acquireTimeoutMs: 1_000,
} as const;

export function toPostgresConfig(variables: z.infer<typeof postgresVariables>) {
  return {
    url: variables.POSTGRES_URL,
    maxConnections: variables.MARQUEE_POSTGRES_POOL,
    startWithinMs: variables.MARQUEE_START_WITHIN_MS,
  };
}

const qdrantVariables = z.object({ ...QDRANT_VARIABLES, ...SERVICE_VARIABLES });

/** Undefined where no server is named. */
export function toQdrantConfig(variables: z.infer<typeof qdrantVariables>) {
  const { QDRANT_URL: url, QDRANT_API_KEY: apiKey } = variables;
  if (url === undefined) return undefined;
  return {
    url,
    ...(apiKey === undefined ? {} : { apiKey }),
    collection: variables.MARQUEE_COLLECTION,
    startWithinMs: variables.MARQUEE_START_WITHIN_MS,
    tuning: given({
      hnswM: variables.MARQUEE_QDRANT_HNSW_M,
      hnswEfConstruct: variables.MARQUEE_QDRANT_HNSW_EF_CONSTRUCT,
      hnswEf: variables.MARQUEE_QDRANT_HNSW_EF,
      quantization: variables.MARQUEE_QDRANT_QUANTIZATION,
      oversampling: variables.MARQUEE_QDRANT_OVERSAMPLING,
      indexingThresholdKb: variables.MARQUEE_QDRANT_INDEXING_THRESHOLD_KB,
      vectorsOnDisk: variables.MARQUEE_QDRANT_VECTORS_ON_DISK,
      replicas: variables.MARQUEE_QDRANT_REPLICAS,
    }),
  };
}

/** What was set; the rest is for whoever reads it to decide. */
function given<T extends object>(values: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}

function addresses(list: string): string[] {
  return list.split(',').map((address) => address.trim());
}
