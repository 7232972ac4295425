/** The vector index on Qdrant. See ../index.ts for what every index promises. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  beforeDeadline,
  type Deadline,
  deadlineAfter,
  MarqueeError,
  Permits,
  READY,
  type Readiness,
} from '@marquee/service-kit';
import { QdrantClient, type Schemas } from '@qdrant/js-client-rest';
import { checkIds, checkPoint, checkQueries } from '../exact/validate.ts';
import type { Neighbour, VectorCollectionWriter, VectorIndex, VectorPoint, VectorQuery } from '../index.ts';
import { Collections } from './collections.ts';
import { DEFAULT_TUNING, type QdrantVectorIndexOptions } from './options.ts';
import { pointIdOf } from './point-id.ts';
import { isPassing, qdrantFailure } from './qdrant-failure.ts';
import { toQdrantFilter } from './qdrant-filter.ts';
import { toQdrantPayload } from './qdrant-payload.ts';

/** Points per request: some 500 KB of JSON at 64 dimensions. */
const WRITE_BATCH = 500;
const READ_BATCH = 1_000;
/** Asked for beyond k, so that ties at the last place can be ordered by id. */
const TIE_MARGIN = 8;
/** Ties at the last place that are told apart by id. */
const MAX_TIES = 8_192;
const FIRST_WAIT_MS = 100;
const MAX_WAIT_MS = 5_000;

export function createQdrantVectorIndex(options: QdrantVectorIndexOptions): VectorIndex {
  const { url, collection: alias, dimensions, logger } = options;
  const tuning = { ...DEFAULT_TUNING, ...options.tuning };
  const timeoutMs = options.timeoutMs ?? 2_000;
  const maxConnections = options.maxConnections ?? 24;
  const address = new URL(url).host;
  const client = new QdrantClient({
    url,
    ...(options.apiKey === undefined ? {} : { apiKey: options.apiKey }),
    // The longest that anything may take; every call has a shorter deadline of its own.
    timeout: timeoutMs * 10,
    maxConnections,
    // It would print to the console.
    checkCompatibility: false,
  });
  const collections = new Collections({ client, alias, dimensions, tuning });
  const permits = new Permits({
    max: maxConnections,
    maxWaiting: maxConnections,
    timeoutMs,
    refusal: () =>
      new MarqueeError('OVERLOADED', `Qdrant at ${address}: ${maxConnections} requests are running`),
  });
  let state: 'new' | 'waiting' | 'running' | 'stopped' = 'new';
  let trouble: string | undefined;

  /** One request: bounded in number and time, its failure in our words. */
  async function call<T>(what: string, deadline: Deadline, work: () => Promise<T>): Promise<T> {
    if (state !== 'running')
      throw new MarqueeError('DEPENDENCY_UNAVAILABLE', 'the vector index is not running');
    if (deadline.expired) throw new MarqueeError('DEADLINE_EXCEEDED', `${what} came too late`);
    await permits.acquire();
    try {
      const result = await beforeDeadline(work(), deadline, `Qdrant at ${address}`);
      trouble = undefined;
      return result;
    } catch (error) {
      const failure = qdrantFailure(error, what, address);
      if (failure.code !== 'BAD_USER_INPUT') trouble = failure.message;
      throw failure;
    } finally {
      permits.release();
    }
  }
  const reading = () => deadlineAfter(timeoutMs);
  const writing = () => deadlineAfter(timeoutMs * 10);

  async function upsertInto(name: string, points: readonly VectorPoint[]): Promise<void> {
    for (const [index, point] of points.entries()) checkPoint(point, dimensions, index);
    // The last of a batch wins, whatever order the server takes its points in.
    const unique = [...new Map(points.map((point) => [point.id, point])).values()];
    for (let i = 0; i < unique.length; i += WRITE_BATCH) {
      const batch = unique.slice(i, i + WRITE_BATCH).map(({ id, vector, payload }) => ({
        id: pointIdOf(id),
        vector: Array.from(vector),
        payload: toQdrantPayload(id, payload),
      }));
      // Without `wait` a point that the server cannot store would be dropped in silence.
      await call('a write', writing(), () => client.upsert(name, { points: batch, wait: true }));
    }
  }

  function toSearch({ vector, k, filter }: VectorQuery): Schemas['QueryRequest'] {
    const conditions = toQdrantFilter(filter);
    return {
      query: Array.from(vector),
      limit: k + TIE_MARGIN,
      with_payload: ['titleId'],
      params: {
        exact: tuning.exact,
        hnsw_ef: Math.max(tuning.hnswEf, k),
        ...(tuning.quantization === 'none'
          ? {}
          : { quantization: { rescore: true, oversampling: tuning.oversampling } }),
      },
      ...(conditions === undefined ? {} : { filter: conditions }),
    };
  }

  /**
   * Equal scores in the order of their ids. Where a run of ties goes on beyond what was asked for, it is asked for
   * again, longer, so that the cut falls by id; only runs above MAX_TIES are cut as the server has them.
   */
  async function settle(
    query: VectorQuery,
    first: readonly Schemas['ScoredPoint'][],
    deadline: Deadline,
  ): Promise<readonly Neighbour[]> {
    let found = first;
    let asked = query.k + TIE_MARGIN;
    const last = found[query.k - 1]?.score;
    while (
      last !== undefined &&
      found.length === asked &&
      found[asked - 1]?.score === last &&
      asked < MAX_TIES
    ) {
      asked = Math.min(MAX_TIES, asked * 8);
      const search = { ...toSearch(query), limit: asked, score_threshold: last };
      found = (await call('a search', deadline, () => client.query(alias, search))).points;
    }
    return ordered(found, query.k);
  }

  async function wait(): Promise<void> {
    const until = performance.now() + (options.startWithinMs ?? 60_000);
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(MAX_WAIT_MS, waitMs * 2)) {
      try {
        await beforeDeadline(collections.ensure(), writing(), `Qdrant at ${address}`);
        return;
      } catch (error) {
        const failure = qdrantFailure(error, 'the first contact', address);
        if (!isPassing(failure) || performance.now() + waitMs > until) throw failure;
        trouble = failure.message;
        logger.warn({ err: failure, waitMs }, 'waiting for Qdrant');
        await delay(waitMs);
        if (state !== 'waiting')
          throw new MarqueeError('DEPENDENCY_UNAVAILABLE', 'the vector index was stopped');
      }
    }
  }

  return {
    name: 'vector-index',
    dimensions,
    async start() {
      if (state === 'running') return;
      state = 'waiting';
      await wait();
      state = 'running';
      trouble = undefined;
    },
    async stop() {
      state = 'stopped';
      permits.close();
    },
    readiness(): Readiness {
      if (state !== 'running') return { ready: false, detail: trouble ?? state };
      // Rows come from other sources while it is away; it is asked again with every search.
      return trouble === undefined ? READY : { ready: true, detail: trouble };
    },

    upsert: (points) => upsertInto(alias, points),
    async delete(ids) {
      for (let i = 0; i < ids.length; i += READ_BATCH) {
        const points = ids.slice(i, i + READ_BATCH).map(pointIdOf);
        await call('a removal', writing(), () => client.delete(alias, { points, wait: true }));
      }
    },

    async search(queries) {
      checkQueries(queries, dimensions);
      if (queries.length === 0) {
        if (state !== 'running')
          throw new MarqueeError('DEPENDENCY_UNAVAILABLE', 'the vector index is not running');
        return [];
      }
      const deadline = queries.reduce(
        (earliest, query) =>
          query.deadline === undefined ? earliest : query.deadline.within(earliest.remainingMs()),
        reading(),
      );
      // All queries of a request in one round trip.
      const answers = await call('a search', deadline, () =>
        client.queryBatch(alias, { searches: queries.map(toSearch) }),
      );
      return Promise.all(queries.map((query, i) => settle(query, answers[i]?.points ?? [], deadline)));
    },

    async vectors(ids) {
      checkIds(ids);
      const found = new Map<string, Float32Array>();
      for (let i = 0; i < ids.length; i += READ_BATCH) {
        const chunk = ids.slice(i, i + READ_BATCH).map(pointIdOf);
        const records = await call('a read', reading(), () =>
          client.retrieve(alias, { ids: [...new Set(chunk)], with_vector: true, with_payload: false }),
        );
        for (const { id, vector } of records) found.set(String(id), Float32Array.from(vector as number[]));
      }
      return ids.map((id) => found.get(pointIdOf(id))?.slice());
    },

    async count() {
      return (await call('a count', reading(), () => client.count(alias, { exact: true }))).count;
    },

    async liveVersion() {
      const name = await call('a look at the alias', reading(), () => collections.live());
      return name === undefined ? '' : collections.versionOf(name);
    },

    async beginCollection(version) {
      const name = await call('making a collection', writing(), () => collections.create(version));
      return writerOf(name);
    },
  };

  function writerOf(name: string): VectorCollectionWriter {
    let ended = false;
    const assertOpen = (): void => {
      if (!ended) return;
      throw new MarqueeError('BAD_USER_INPUT', {
        message: 'the collection was promoted or discarded',
        field: 'collection',
      });
    };
    return {
      async upsert(points) {
        assertOpen();
        await upsertInto(name, points);
      },
      async promote() {
        assertOpen();
        ended = true;
        await call('a switch of collections', writing(), () => collections.promote(name));
      },
      async discard() {
        assertOpen();
        ended = true;
        await call('removing a collection', writing(), () => client.deleteCollection(name));
      },
    };
  }
}

function ordered(found: readonly Schemas['ScoredPoint'][], k: number): readonly Neighbour[] {
  return found
    .map(({ payload, score }) => ({ id: String(payload?.titleId), score }))
    .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1))
    .slice(0, k);
}
