import { randomUUID } from 'node:crypto';
import { deadlineAfter, silentLogger } from '@marquee/service-kit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { describeVectorIndexContract } from '../contract.ts';
import type { VectorIndex, VectorPoint } from '../index.ts';
import { createQdrantVectorIndex, type QdrantVectorIndexOptions } from './index.ts';
import { pointIdOf } from './point-id.ts';
import { PAYLOAD_INDEXES } from './qdrant-payload.ts';
import { type SpokenQdrant, startSpokenQdrant } from './test/spoken-qdrant.ts';

let spoken: SpokenQdrant;

async function index(options: Partial<QdrantVectorIndexOptions> = {}): Promise<VectorIndex> {
  const created = createQdrantVectorIndex({
    url: spoken.url,
    collection: `titles-${randomUUID()}`,
    dimensions: 4,
    timeoutMs: 2_000,
    startWithinMs: 2_000,
    logger: silentLogger,
    ...options,
  });
  await created.start();
  onTestFinished(() => created.stop());
  return created;
}

const point = (id: string, vector: readonly number[]): VectorPoint => ({
  id,
  vector: Float32Array.from(vector),
  payload: { genreIds: [], kind: 'MOVIE', maturityLevel: 0, availability: [{ from: 0 }] },
});

describe('speaking Qdrant', () => {
  beforeAll(async () => {
    spoken = await startSpokenQdrant();
  });
  afterEach(() => {
    expect(spoken.violations).toEqual([]);
  });
  afterAll(() => spoken.stop());

  describeVectorIndexContract(
    'Qdrant, held against its own description',
    async ({ dimensions }) => {
      const created = createQdrantVectorIndex({
        url: spoken.url,
        collection: `contract-${randomUUID()}`,
        dimensions,
        tuning: { exact: true, quantization: 'none' },
        logger: silentLogger,
      });
      await created.start();
      return created;
    },
    { exact: true },
  );

  it('asks for a whole request in one round trip', async () => {
    const qdrant = await index();
    await qdrant.upsert([point('a', [1, 0, 0, 0])]);
    const before = spoken.requests.length;
    const query = { vector: Float32Array.of(1, 0, 0, 0), k: 5 };
    await qdrant.search([query, query, query, query]);
    expect(spoken.requests.slice(before)).toEqual(['POST /collections/{collection_name}/points/query/batch']);
  });

  it('indexes every field it filters by, before the first vector', async () => {
    const collection = `titles-${randomUUID()}`;
    const qdrant = await index({ collection });
    await (await qdrant.beginCollection('v1')).promote();
    const live = [...spoken.collections].find(([name]) => name.startsWith(`${collection}~`));
    expect(live?.[1].indexed).toEqual(PAYLOAD_INDEXES.map(([field]) => field));
  });

  it('keeps one collection per index once a new one is live', async () => {
    const collection = `titles-${randomUUID()}`;
    const qdrant = await index({ collection });
    for (const version of ['v1', 'v2 ~ with / any characters']) {
      const writer = await qdrant.beginCollection(version);
      await writer.upsert([point('a', [1, 0, 0, 0])]);
      await writer.promote();
      expect(await qdrant.liveVersion()).toBe(version);
    }
    expect([...spoken.collections.keys()].filter((name) => name.startsWith(`${collection}~`))).toHaveLength(
      1,
    );
  });

  it('is gone with all that it held once it is dropped, and others are not', async () => {
    const [collection, other] = [`titles-${randomUUID()}`, `titles-${randomUUID()}`];
    const [qdrant, kept] = [await index({ collection }), await index({ collection: other })];
    for (const own of [qdrant, kept]) await own.upsert([point('a', [1, 0, 0, 0])]);
    await qdrant.drop();
    expect([...spoken.collections.keys()].filter((name) => name.startsWith(`${collection}~`))).toEqual([]);
    expect(await kept.count()).toBe(1);
    expect(await (await index({ collection })).count()).toBe(0);
  });

  it('shares an index with processes that start at the same time', async () => {
    const collection = `titles-${randomUUID()}`;
    const [one, two] = await Promise.all([index({ collection }), index({ collection })]);
    await one.upsert([point('a', [1, 0, 0, 0])]);
    expect(await two.count()).toBe(1);
  });

  it('orders more ties than it asked for at first', async () => {
    const qdrant = await index();
    const ids = Array.from({ length: 60 }, (_, i) => `t${String(i).padStart(2, '0')}`);
    await qdrant.upsert(ids.map((id) => point(id, [1, 0, 0, 0])));
    const [found] = await qdrant.search([{ vector: Float32Array.of(1, 0, 0, 0), k: 5 }]);
    expect(found?.map(({ id }) => id)).toEqual(['t00', 't01', 't02', 't03', 't04']);
  });

  it('refuses a collection of other dimensions, at start', async () => {
    const collection = `titles-${randomUUID()}`;
    await index({ collection });
    await expect(index({ collection, dimensions: 8 })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});

describe('a Qdrant in trouble', () => {
  beforeEach(async () => {
    spoken = await startSpokenQdrant();
  });
  afterEach(() => spoken.stop());
  const query = { vector: Float32Array.of(1, 0, 0, 0), k: 5 };

  it('is waited for at start, and named when it does not come', async () => {
    await spoken.stop();
    await expect(index({ startWithinMs: 300 })).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
  });

  it('is not waited for when the key is wrong, which the message does not repeat', async () => {
    spoken.answerWith((response) => response.writeHead(401).end('{"status":{"error":"Unauthorized"}}'));
    const starting = index({ apiKey: 'not-to-be-told', startWithinMs: 60_000 });
    await expect(starting).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await expect(starting).rejects.not.toThrow(/not-to-be-told/);
  });

  it('costs a search its deadline and no more, says so, and is asked again', async () => {
    const qdrant = await index();
    spoken.answerWith(() => undefined);
    const startedAt = performance.now();
    await expect(qdrant.search([{ ...query, deadline: deadlineAfter(150) }])).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    expect(performance.now() - startedAt).toBeLessThan(1_500);
    expect(qdrant.readiness()).toMatchObject({
      ready: true,
      detail: expect.stringContaining('within its deadline'),
    });
    spoken.answerWith(undefined);
    expect(await qdrant.search([query])).toEqual([[]]);
    expect(qdrant.readiness()).toEqual({ ready: true });
  });

  it('is not asked by more than may ask at once', async () => {
    const qdrant = await index({ maxConnections: 2, timeoutMs: 300 });
    spoken.answerWith(() => undefined);
    const searches = Array.from({ length: 6 }, () =>
      qdrant.search([query]).catch((error) => error.code as string),
    );
    const codes = await Promise.all(searches);
    expect(codes.filter((code) => code === 'OVERLOADED')).toHaveLength(4);
    expect(codes.filter((code) => code === 'DEADLINE_EXCEEDED')).toHaveLength(2);
  });

  it('holds its place until a request is over, so that a server that hangs is owed no more than the bound', async () => {
    const qdrant = await index({ maxConnections: 2, timeoutMs: 2_000 });
    spoken.answerWith(() => undefined);
    const hasty = () =>
      qdrant.search([{ ...query, deadline: deadlineAfter(20) }]).catch((error) => error.code);
    expect(await Promise.all([hasty(), hasty()])).toEqual(['DEADLINE_EXCEEDED', 'DEADLINE_EXCEEDED']);
    const waiting = [hasty(), hasty()];
    expect(await hasty()).toBe('OVERLOADED');
    spoken.answerWith(undefined);
    await Promise.all(waiting);
    expect(await qdrant.search([query])).toEqual([[]]);
  });

  it('that came back without its data is an empty index again, by itself', async () => {
    const qdrant = await index();
    await qdrant.upsert([point('a', [1, 0, 0, 0])]);
    spoken.forgetEverything();
    expect(await qdrant.search([query])).toEqual([[]]);
    await qdrant.upsert([point('b', [1, 0, 0, 0])]);
    expect((await qdrant.search([query]))[0]?.map(({ id }) => id)).toEqual(['b']);
  });

  it('that takes a write and does not finish it has not written', async () => {
    const qdrant = await index();
    const body = JSON.stringify({
      result: { operation_id: 1, status: 'wait_timeout' },
      status: 'ok',
      time: 1,
    });
    spoken.answerWith((response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(body),
    );
    await expect(qdrant.upsert([point('a', [1, 0, 0, 0])])).rejects.toMatchObject({
      code: 'DEPENDENCY_UNAVAILABLE',
      message: expect.stringContaining('wait_timeout'),
    });
  });

  it.each([
    [400, 'CONFIG_INVALID'],
    [500, 'DEPENDENCY_UNAVAILABLE'],
    [507, 'DEPENDENCY_UNAVAILABLE'],
    [403, 'CONFIG_INVALID'],
  ])('answers %i with a stable code', async (status, code) => {
    const qdrant = await index();
    spoken.answerWith((response) => response.writeHead(status).end('<html>'));
    await expect(qdrant.search([query])).rejects.toMatchObject({ code });
    await expect(qdrant.upsert([point('a', [1, 0, 0, 0])])).rejects.toMatchObject({ code });
  });
});

describe('point ids', () => {
  it('are UUIDs that never change: stored points depend on them', () => {
    expect(pointIdOf('title-1')).toBe('74d3539e-e579-5c10-ac92-4a3c6f8d4750');
    expect(pointIdOf('каталог 映画')).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });
});
