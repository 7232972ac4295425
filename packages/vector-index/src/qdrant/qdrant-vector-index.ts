/** The vector index on Qdrant. See ../index.ts for what every index promises. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  beforeDeadline,
  type Deadline,
  deadlineAfter,
  isMarqueeError,
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
import { isMissingCollection, isPassing, qdrantFailure } from './qdrant-failure.ts';
import { passesNothing, toQdrantFilter } from './qdrant-filter.ts';
import { toQdrantPayload } from './qdrant-payload.ts';

/** Points per request: some 500 KB of JSON at 64 dimensions. */
const WRITE_BATCH = 500;
const READ_BATCH = 1_000;
/** Asked for beyond k, so that ties at the last place can be ordered by id. */
const TIE_MARGIN = 8;
/** Ties at the last place that are told apart by id. */
const MAX_TIES = 8_192;
/** Writes and maintenance may take so many times as long as a read. */
const WRITE_FACTOR = 10;
const FIRST_WAIT_MS = 100;
const MAX_WAIT_MS = 5_000;

export function createQdrantVectorIndex(options: QdrantVectorIndexOptions): VectorIndex {
  const { url, collection: alias, dimensions, logger } = options;
  const tuning = { ...DEFAULT_TUNING, ...options.tuning };
  const timeoutMs = options.timeoutMs ?? 2_000;
  const maxConnections = options.maxConnections ?? 24;
  const address = new URL(url).host;
  const clientWithin = (timeout: number): QdrantClient =>
    new QdrantClient({
      url,
      // As a header: of a key given as such it would complain to the console where there is no TLS.
      ...(options.apiKey === undefined ? {} : { headers: { 'api-key': options.apiKey } }),
      // The client goes on after a caller's deadline, and holds its connection; so long at most.
      timeout,
      maxConnections,
      // It would print to the console.
      checkCompatibility: false,
    });
  const reader = clientWithin(timeoutMs);
  const client = clientWithin(timeoutMs * WRITE_FACTOR);
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

  /**
   * One request: bounded in number and time, its failure in our words. One that finds no collection is made once more: a
   * switch may have removed it between the look at the alias and the look at the collection, or the server came back
   * without its data.
   */
  async function call<T>(what: string, deadline: Deadline, work: () => Promise<T>): Promise<T> {
    try {
      return await attempt(what, deadline, work);
    } catch (error) {
      if (!isMissingCollection(error)) throw error;
      await attempt('a look for the collection', deadline, () => collections.ensure());
      return attempt(what, deadline, work);
    }
  }

  async function attempt<T>(what: string, deadline: Deadline, work: () => Promise<T>): Promise<T> {
    if (state !== 'running')
      throw new MarqueeError('DEPENDENCY_UNAVAILABLE', 'the vector index is not running');
    if (deadline.expired) throw new MarqueeError('DEADLINE_EXCEEDED', `${what} came too late`);
    await permits.acquire();
    const answer = work();
    // Not before it is over: a server that hangs still owes an answer to callers who have long gone.
    answer.then(permits.release.bind(permits), permits.release.bind(permits));
    try {
      const result = await beforeDeadline(answer, deadline, `Qdrant at ${address}`);
      trouble = undefined;
      return result;
    } catch (error) {
      const failure = qdrantFailure(error, what, address);
      if (failure.code !== 'BAD_USER_INPUT') trouble = failure.message;
      throw failure;
    }
  }
  const reading = () => deadlineAfter(timeoutMs);
  const writing = () => deadlineAfter(timeoutMs * WRITE_FACTOR);

  /** @throws MarqueeError DEPENDENCY_UNAVAILABLE for a write that the server has taken and not carried out: it may be repeated. */
  async function write(what: string, work: () => Promise<Schemas['UpdateResult']>): Promise<void> {
    const { status } = await call(what, writing(), work);
    if (status !== 'completed') {
      throw new MarqueeError(
        'DEPENDENCY_UNAVAILABLE',
        `Qdrant at ${address}: ${what} is taken and not finished (${status})`,
      );
    }
  }

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
      await write('a write', () => client.upsert(name, { points: batch, wait: true }));
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
   * again, longer, so that the cut falls by id; only runs above MAX_TIES, or above what the server's limits allow, are cut
   * as it has them. No `score_threshold`: it would leave out the ties themselves.
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
      const search = { ...toSearch(query), limit: asked };
      try {
        found = (await call('a search', deadline, () => reader.query(alias, search))).points;
      } catch (error) {
        if (!isMarqueeError(error, 'CONFIG_INVALID')) throw error;
        break;
      }
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
        await write('a removal', () => client.delete(alias, { points, wait: true }));
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
      // All queries of a request in one round trip, but those whose filter nothing can pass.
      const asked = queries.filter(({ filter }) => !passesNothing(filter));
      if (asked.length === 0) return queries.map(() => []);
      const answers = await call('a search', deadline, () =>
        reader.queryBatch(alias, { searches: asked.map(toSearch) }),
      );
      const settled = new Map(
        await Promise.all(
          asked.map(
            async (query, i) => [query, await settle(query, answers[i]?.points ?? [], deadline)] as const,
          ),
        ),
      );
      return queries.map((query) => settled.get(query) ?? []);
    },

    async vectors(ids) {
      checkIds(ids);
      const found = new Map<string, Float32Array>();
      for (let i = 0; i < ids.length; i += READ_BATCH) {
        const chunk = ids.slice(i, i + READ_BATCH).map(pointIdOf);
        const records = await call('a read', reading(), () =>
          reader.retrieve(alias, { ids: [...new Set(chunk)], with_vector: true, with_payload: false }),
        );
        for (const { id, vector } of records) found.set(String(id), Float32Array.from(vector as number[]));
      }
      return ids.map((id) => found.get(pointIdOf(id))?.slice());
    },

    async count() {
      return (await call('a count', reading(), () => reader.count(alias, { exact: true }))).count;
    },

    async liveVersion() {
      const name = await call('a look at the alias', reading(), () => collections.live());
      return name === undefined ? '' : collections.versionOf(name);
    },

    async drop() {
      await attempt('removing the index', writing(), () => collections.drop());
      state = 'stopped';
      permits.close();
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
        await call('a look at the collection', writing(), () =>
          collections.settle(name, deadlineAfter((timeoutMs * WRITE_FACTOR) / 2)),
        );
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
