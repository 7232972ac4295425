/** What the file of the general gateway says about its own edge: connections, overload, who uses what. Pure. */
import { z } from 'zod';
import type { HttpLimits } from '../http/variables.ts';
import type { OverloadConfig } from '../overload/variables.ts';
import type { SightConfig } from '../sight/variables.ts';

const milliseconds = (min = 1) => z.number().int().min(min).max(600_000);
const count = (min: number, max: number) => z.number().int().min(min).max(max);

const http = z
  .strictObject({
    /** From the first byte of a connection or request to the end of its headers. */
    headersTimeoutMs: milliseconds(50).default(10_000),
    /** From the first byte of a request to the end of its body. */
    requestTimeoutMs: milliseconds(50).default(15_000),
    /** How often the two above are looked at. */
    timeoutCheckMs: milliseconds(10).default(1_000),
    /** How long nothing may move on a connection with a request. */
    socketTimeoutMs: milliseconds(50).default(30_000),
    /** From an answer that is whole to its last byte. */
    responseTimeoutMs: milliseconds(50).default(60_000),
    /** Of all answers together that are whole and not read yet; beyond it the oldest are cut off. */
    maxUntakenBytes: count(65_536, 17_179_869_184).default(134_217_728),
    /** Of idle connections; longer than the idle time of what stands in front. */
    keepAliveMs: milliseconds(50).default(65_000),
    maxHeaderBytes: count(1_024, 1_048_576).default(16_384),
    /** More are closed as soon as they are accepted. */
    maxConnections: count(1, 1_000_000).default(2_000),
    /** After so many a connection is closed with its answer. */
    maxRequestsPerConnection: count(1, 1_000_000_000).default(10_000),
  })
  .refine(({ headersTimeoutMs, requestTimeoutMs }) => headersTimeoutMs <= requestTimeoutMs, {
    path: ['headersTimeoutMs'],
    message: 'must not be larger than requestTimeoutMs',
  });

const concurrency = z
  .strictObject({
    /** Most of a request's time is waiting for subgraphs; a slow one must not be taken for an overload. */
    min: count(1, 10_000).default(8),
    max: count(1, 100_000).default(256),
  })
  .refine(({ min, max }) => min <= max, { path: ['min'], message: 'must not be larger than max' });

const queue = z
  .strictObject({
    /** Requests that may wait for their turn. */
    limit: count(0, 100_000).default(512),
    /** The longest wait while the queue drains. */
    maxWaitMs: milliseconds().default(3_000),
    /** The longest wait while it does not; critical requests twice as long. */
    targetMs: milliseconds().default(25),
    /** How long a queue that does not drain passes for a burst. */
    intervalMs: milliseconds().default(400),
    /** How long one does that grows without a pause and holds half an interval's work. */
    onsetMs: milliseconds(10).default(150),
  })
  .refine(({ targetMs, maxWaitMs }) => targetMs <= maxWaitMs, {
    path: ['targetMs'],
    message: 'must not be larger than maxWaitMs',
  });

export const edgeSettings = {
  /** What one client may take of the HTTP server. */
  http: http.prefault({}),
  overload: z
    .strictObject({
      protection: z.enum(['on', 'off']).default('on'),
      /** Root fields of queries that go before others. Mutations always do. */
      criticalFields: z.array(z.string().regex(/^[_A-Za-z]\w*$/, 'is not a name of a field')).default([]),
      /** Bounds of the adaptive number of requests that are worked on at once. */
      concurrency: concurrency.prefault({}),
      /** Of those that wait. */
      queue: queue.prefault({}),
    })
    .prefault({}),
  /** Operations that take longer are logged with where the time went; 0 for none. */
  slowOperationMs: z.number().int().min(0).max(600_000).default(1_000),
  /** Who uses which operations and fields: `/usage/operations` and `/usage/fields`. */
  usage: z
    .strictObject({
      /** Of how many operations one is counted, for all of them; 0 for none. */
      every: count(0, 1_000_000).default(1),
      /** For `operations.json` and `fields.json`, written every minute and at the end; every gateway needs its own. */
      folder: z.string().min(1).optional(),
    })
    .prefault({}),
};

const file = z.object(edgeSettings);
type EdgeSettings = z.infer<typeof file>;

export function httpLimitsOf({ http }: Pick<EdgeSettings, 'http'>, maxBodyBytes: number): HttpLimits {
  return { ...http, maxBodyBytes };
}

export function overloadOf({ overload }: Pick<EdgeSettings, 'overload'>): OverloadConfig {
  const { protection, criticalFields, concurrency, queue } = overload;
  return {
    enabled: protection === 'on',
    concurrency,
    queue,
    criticalFields: new Set(criticalFields),
  };
}

export function sightOf({
  slowOperationMs,
  usage,
}: Pick<EdgeSettings, 'slowOperationMs' | 'usage'>): SightConfig {
  return { slowMs: slowOperationMs, usageEvery: usage.every, usageFolder: usage.folder };
}
