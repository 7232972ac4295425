/** What the file of the general gateway says about clients: documents they may run, partners and their keys, HTTP/2. Pure. */
import { z } from 'zod';
import { contractsSchema } from '../contracts/contract-filter.ts';
import { corsSchema } from '../http/cors.ts';
import type { Http2Config } from '../http/http2-variables.ts';
import { isEnvironment } from '../partners/partner.ts';
import type { QuotaConfig } from '../partners/quotas/quota-setup.ts';
import type { PartnerConfig } from '../partners/variables.ts';
import { redisSchema } from '../response-cache/response-cache-options.ts';
import { DOCUMENT_POLICIES } from '../trusted-documents/document-policy.ts';
import type { DocumentConfig } from '../trusted-documents/variables.ts';

const policy = z.enum(DOCUMENT_POLICIES);
const path = z.string().min(1);
const switched = z.enum(['on', 'off']);

const documents = z.strictObject({
  /** What clients without an API key may run. */
  policy: policy.default('open'),
  /** Stricter ones by the name that clients give themselves; a name never loosens anything. */
  clients: z.record(z.string().regex(/^[\w .@/-]{1,64}$/, 'is not a name of a client'), policy).default({}),
  /** Manifests and folders of `.graphql` files. Followed. */
  files: z.array(path).max(1_000).default([]),
  /** Folder that `npm run operations` publishes to. Followed. */
  registry: path.optional(),
  automatic: switched.default('on'),
});

const partners = z.strictObject({
  /** That `npm run partners` writes to. Followed. */
  folder: path,
  /** Of which keys are accepted. Default: production, and development with --development. */
  environment: z
    .string()
    .refine(isEnvironment, 'must be lower-case letters, digits and `-`, at most 32')
    .optional(),
  quotas: z
    .strictObject({
      /** Where several gateways count together. Absent: each for itself. */
      redis: redisSchema.optional(),
      /** What asking Redis may cost a request; after that the gateway hands out its own part. */
      withinMs: z.number().int().min(1).max(1_000).default(5),
      /** How many gateways there may be, for one that starts while Redis is away. */
      gateways: z.number().int().min(1).max(10_000).default(10),
    })
    .prefault({}),
});

const http2 = z
  .strictObject({
    port: z.number().int().min(0).max(65_535),
    /** PEM files, read again when they change. */
    tls: z.strictObject({ cert: path, key: path }).optional(),
    /** Not encrypted: only behind something that ends TLS. Has to be said. */
    cleartext: z.boolean().default(false),
    maxStreams: z.number().int().min(1).max(10_000).default(100),
  })
  .refine(({ tls, cleartext }) => (tls === undefined) === cleartext, 'needs either tls or cleartext: true');

export const clientSettings = {
  /** Pages of other origins that may read answers. */
  cors: corsSchema.prefault({}),
  /** Registered documents, and who may run others. */
  documents: documents.prefault({}),
  /** Absent: an API key is a header like any other. */
  partners: partners.optional(),
  /** Variants of the graph by `@tag`, served at `/contracts/<name>/graphql` and to partners of them. */
  contracts: contractsSchema.default([]),
  /** A second port, for HTTP/2 alone. */
  http2: http2.optional(),
};

export type Documents = z.infer<typeof documents>;
export type Partners = z.infer<typeof partners>;

export function documentsOf({ policy, clients, files, registry, automatic }: Documents): DocumentConfig {
  return {
    policy,
    clientPolicies: new Map(Object.entries(clients)),
    files,
    registry,
    automatic: automatic === 'on',
  };
}

export function partnersOf({ folder, environment }: Partners, development: boolean): PartnerConfig {
  return { folder, environment: environment ?? (development ? 'development' : 'production') };
}

export function quotasOf({ quotas: { redis, withinMs, gateways } }: Partners): QuotaConfig {
  return { redis, withinMs, assumedGateways: gateways };
}

export function http2Of({ port, tls, maxStreams }: z.infer<typeof http2>): Http2Config {
  return { port, maxStreamsPerConnection: maxStreams, ...(tls && { tls }) };
}
