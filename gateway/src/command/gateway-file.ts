/** The configuration file of the general gateway: YAML or JSON, wholly checked before anything is started. */
import { resolve } from 'node:path';
import { MarqueeError } from '@marquee/service-kit';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { authorizationSchema } from '../authorization/authorization-options.ts';
import { demandControlSchema } from '../demand-control/demand-control-options.ts';
import { overrideSharesSchema } from '../executor/planning/override-variables.ts';
import { variantSchema } from '../federation/variants/variant-options.ts';
import { authenticationSchema } from '../identity/authentication-options.ts';
import { DEFAULT_DOCUMENT_LIMITS, MOST_TOKENS } from '../limits/document-limits.ts';
import { INTROSPECTION_POLICIES } from '../plugins/introspection.plugin.ts';
import { responseCacheSchema } from '../response-cache/response-cache-options.ts';
import { DEFAULT_STREAM_OPTIONS, type StreamOptions } from '../subscriptions/open-streams.ts';
import { clientSettings } from './client-settings.ts';
import { edgeSettings } from './edge-settings.ts';

const milliseconds = z.number().int().min(1).max(600_000);
const count = (max: number) => z.number().int().min(1).max(max);
const path = z.string().min(1);
const header = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'is not a name of a header');
const httpAddress = z.string().refine((text) => {
  const url = URL.parse(text);
  return url !== null && (url.protocol === 'http:' || url.protocol === 'https:');
}, 'must be an address like https://host:port/graphql');

/** What one subgraph may have of its own; under `defaults` it holds for all. */
const traffic = {
  /** How long one try may take. A request's own deadline may leave less. */
  timeoutMs: milliseconds.optional(),
  /** Connections; requests beyond wait for one. */
  connections: count(10_000).optional(),
  /** An answer above this is not read on. */
  maxResponseBytes: count(1_073_741_824).optional(),
  /** PEM files, read again when they change: its authorities, and a certificate of the gateway's own for one that asks. */
  tls: z
    .strictObject({ ca: path.optional(), cert: path.optional(), key: path.optional() })
    .refine(({ cert, key }) => (cert === undefined) === (key === undefined), {
      path: ['cert'],
      message: 'needs key, and the other way round',
    })
    .optional(),
  /** Headers of clients that the subgraph sees; `{ name, as }` under another name. */
  propagateHeaders: z
    .array(z.union([header, z.strictObject({ name: header, as: header })]))
    .max(64)
    .optional(),
  /** Headers of the gateway's own, e.g. a key of the subgraph. Clients cannot change them. */
  setHeaders: z.record(header, z.string().max(8_192)).optional(),
  /** A query that is under way already, for a client with the same such headers, is not sent once more. */
  shareInFlight: z.boolean().optional(),
  /** Queries that failed are sent again, up to so many times in all; mutations never. */
  attempts: count(5).optional(),
  /** A subgraph that has not answered so many times in a row is left alone, at first for so long. */
  circuitBreaker: z
    .union([
      z.literal('off'),
      z.strictObject({ failures: count(10_000).default(20), restMs: milliseconds.default(1_000) }),
    ])
    .optional(),
  /** How the subgraph is asked for events. */
  subscriptions: z
    .strictObject({
      /** Distinct connections mode of GraphQL over SSE; `none`: it is not asked for any. */
      protocol: z.enum(['graphql-sse', 'none']).default('graphql-sse'),
      /** Where at its host. Default: as everything else. */
      path: z.string().startsWith('/').optional(),
      /** A stream on which nothing comes for so long, no heartbeat either, is broken. Default: it may be silent for ever. */
      silentAfterMs: milliseconds.optional(),
    })
    .optional(),
};

const schema = z.strictObject({
  listen: z
    .strictObject({
      host: z.string().min(1).default('127.0.0.1'),
      port: z.number().int().min(0).max(65_535).default(4000),
    })
    .prefault({}),
  logLevel: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  /** `scoped`: for whoever has the scope `schema:read`. Default: refused, and allowed with --development. */
  introspection: z.enum(INTROSPECTION_POLICIES).optional(),
  /** Messages of subgraphs may say more than clients should know. Default: masked, and passed with --development. */
  subgraphErrors: z.enum(['masked', 'passed']).optional(),
  limits: z
    .strictObject({
      requestDeadlineMs: milliseconds.default(30_000),
      maxBodyBytes: count(104_857_600).default(262_144),
      maxInFlight: count(100_000).default(1_024),
      maxTokens: count(MOST_TOKENS).default(15_000),
      maxDepth: count(1_000).default(40),
      maxAliases: count(100_000).default(100),
      maxRootFields: count(100_000).default(200),
      maxFields: count(1_000_000).default(3_000),
      maxDirectives: count(100_000).default(200),
    })
    .prefault({}),
  ...edgeSettings,
  /** Tokens of clients; without it nobody has an identity here, and restricted fields are for nobody. */
  authentication: authenticationSchema.optional(),
  /** `@authenticated`, `@requiresScopes` and `@policy`. */
  authorization: authorizationSchema.prefault({}),
  ...clientSettings,
  /** Answers of subgraphs, kept as long as `@cacheControl` allows. */
  responseCache: responseCacheSchema.prefault({}),
  /** `@cost` and `@listSize`. Default: off, and measured where partners may have budgets. */
  demandControl: demandControlSchema
    .extend({ mode: demandControlSchema.shape.mode.unwrap().optional() })
    .prefault({}),
  /** Labels of `@override`, in percent of those who ask. */
  overrides: overrideSharesSchema.default({}),
  /** Supergraphs of branches, for requests that name one. */
  variants: variantSchema
    .extend({
      /** Where `npm run schema -- publish --variant` puts them. Default: the supergraph's file, with `.variants` behind. */
      folder: z.string().min(1).optional(),
    })
    .prefault({}),
  /** Of long answers; `off` where something in front does it. */
  compression: z.enum(['on', 'off']).default('on'),
  /** Streams of events to clients. */
  subscriptions: z
    .strictObject({
      maxStreams: z.number().int().min(0).max(1_000_000).default(DEFAULT_STREAM_OPTIONS.maxStreams),
      /** Of one viewer, or of one address where nobody in particular asks. */
      maxStreamsPerClient: count(1_000_000).default(DEFAULT_STREAM_OPTIONS.maxStreamsPerOwner),
      /** Of all keys of one partner together. */
      maxStreamsPerPartner: count(1_000_000).default(DEFAULT_STREAM_OPTIONS.maxStreamsPerPartner),
      heartbeatMs: milliseconds.default(DEFAULT_STREAM_OPTIONS.heartbeatMs),
      /** After that a stream ends and its client subscribes again. */
      maxAgeMs: count(86_400_000).default(DEFAULT_STREAM_OPTIONS.maxAgeMs),
      /** How long an event may wait for a client that does not read. */
      stalledAfterMs: milliseconds.default(DEFAULT_STREAM_OPTIONS.stalledAfterMs),
    })
    .prefault({}),
  drain: z
    .strictObject({
      /** `/ready` says no and everything else goes on. */
      graceMs: z.number().int().min(0).max(600_000).optional(),
      /** After it, requests in flight have this long. */
      boundMs: milliseconds.default(8_000),
    })
    .prefault({}),
  defaults: z.strictObject(traffic).prefault({}),
  /** By the names that the supergraph has. */
  subgraphs: z.record(z.string(), z.strictObject({ url: httpAddress.optional(), ...traffic })).default({}),
});

export type GatewayFile = z.infer<typeof schema>;
export type SubgraphTraffic = GatewayFile['defaults'];

/**
 * @param text YAML, of which JSON is a part; empty for nothing but defaults. @param name for messages.
 * @throws MarqueeError CONFIG_INVALID naming every setting that is wrong, by its path in the file.
 */
export function parseGatewayFile(text: string, name: string): GatewayFile {
  const document = parseDocument(text, { maxAliasCount: 100 } as never);
  const [syntax] = document.errors;
  if (syntax !== undefined) {
    throw new MarqueeError('CONFIG_INVALID', `${name}: ${syntax.message.split('\n')[0]}`);
  }
  const result = schema.safeParse(document.toJS() ?? {});
  if (result.success) return result.data;
  const lines = result.error.issues.map(({ path, message }) => `${path.join('.') || 'the file'}: ${message}`);
  throw new MarqueeError('CONFIG_INVALID', `${name}: ${lines.join('; ')}`);
}

/** Files and folders that settings name lie in `folder` unless they say otherwise. */
export function withPaths(file: GatewayFile, folder: string): GatewayFile {
  const { responseCache, documents, partners, http2, variants, usage } = file;
  const at = (path: string): string => resolve(folder, path);
  const tlsAt = <T extends SubgraphTraffic>(traffic: T): T =>
    traffic.tls === undefined
      ? traffic
      : { ...traffic, tls: mapValues(traffic.tls, (path) => (path === undefined ? undefined : at(path))) };
  const { purges } = responseCache;
  return {
    ...file,
    defaults: tlsAt(file.defaults),
    subgraphs: mapValues(file.subgraphs, tlsAt),
    responseCache: { ...responseCache, ...(purges !== undefined && { purges: at(purges) }) },
    documents: {
      ...documents,
      files: documents.files.map(at),
      ...(documents.registry !== undefined && { registry: at(documents.registry) }),
    },
    ...(partners && { partners: { ...partners, folder: at(partners.folder) } }),
    ...(http2?.tls && { http2: { ...http2, tls: { cert: at(http2.tls.cert), key: at(http2.tls.key) } } }),
    usage: { ...usage, ...(usage.folder !== undefined && { folder: at(usage.folder) }) },
    variants: { ...variants, ...(variants.folder !== undefined && { folder: at(variants.folder) }) },
  };
}

function mapValues<T extends object>(given: T, change: (value: T[keyof T]) => T[keyof T]): T {
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, change(value)])) as T;
}

/** No page sizes: how lists of an unknown schema are asked for is not known. */
export function documentLimits({ limits }: GatewayFile) {
  const { maxTokens, maxDepth, maxAliases, maxRootFields, maxFields, maxDirectives } = limits;
  return {
    ...DEFAULT_DOCUMENT_LIMITS,
    maxTokens,
    maxDepth,
    maxAliases,
    maxRootFields,
    maxFields,
    maxDirectives,
    maxItems: Number.POSITIVE_INFINITY,
  };
}

/** Names in lower case. */
export function propagatedHeaders({ defaults, subgraphs }: GatewayFile): readonly string[] {
  const names = [defaults, ...Object.values(subgraphs)].flatMap(
    ({ propagateHeaders = [] }) => propagateHeaders,
  );
  const sent = names.map((rule) => (typeof rule === 'string' ? rule : rule.name).toLowerCase());
  return [...new Set(sent)].sort();
}

export function streamOptions({ subscriptions }: GatewayFile): Partial<StreamOptions> {
  const { maxStreamsPerClient, ...rest } = subscriptions;
  return { ...rest, maxStreamsPerOwner: maxStreamsPerClient };
}
