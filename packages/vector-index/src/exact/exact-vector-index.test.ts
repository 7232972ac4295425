import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { Worker } from 'node:worker_threads';
import { createRandom } from '@marquee/domain';
import { deadlineAfter, silentLogger } from '@marquee/service-kit';
import { afterEach, describe, expect, it } from 'vitest';
import { compileKernel, KERNEL_URL } from '../../assembly/build.ts';
import { describeVectorIndexContract } from '../contract.ts';
import type { VectorIndex, VectorPayload, VectorPoint, VectorQuery } from '../index.ts';
import { createExactVectorIndex, type ExactVectorIndexOptions } from './index.ts';

async function started(options: Partial<ExactVectorIndexOptions> = {}): Promise<VectorIndex> {
  const index = createExactVectorIndex({ dimensions: 16, logger: silentLogger, ...options });
  await index.start();
  return index;
}

describeVectorIndexContract('exact', started, { exact: true });

const payload: VectorPayload = {
  genreIds: ['g'],
  kind: 'MOVIE',
  maturityLevel: 0,
  availability: [{ from: 0 }],
};
const points = (count: number, dimensions: number, seed = 1): VectorPoint[] => {
  const random = createRandom(seed);
  return Array.from({ length: count }, (_, i) => ({
    id: `t${i}`,
    vector: Float32Array.from({ length: dimensions }, () => random.integer(7) - 3),
    payload,
  }));
};
const query = (dimensions: number, more: Partial<VectorQuery> = {}): VectorQuery => ({
  vector: new Float32Array(dimensions).fill(1),
  k: 10,
  ...more,
});

describe('the exact vector index', () => {
  let index: VectorIndex;
  afterEach(async () => {
    await index.stop();
  });

  it.each([1, 3, 16, 67])(
    'sums all of %i dimensions, in every chunk of a large collection',
    async (dimensions) => {
      index = await started({ dimensions });
      const stored = points(9_001, dimensions);
      await index.upsert(stored);
      const [found] = await index.search([query(dimensions, { k: 1_000 })]);
      const expected = stored
        .map(({ id, vector }) => ({ id, score: vector.reduce((a, b) => a + b, 0) }))
        .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
      expect(found).toEqual(expected.slice(0, 1_000));
    },
  );

  it('reuses the room of replaced points', async () => {
    index = await started();
    for (let round = 0; round < 30; round++) await index.upsert(points(500, 16, round));
    expect(await index.count()).toBe(500);
    const latest = points(500, 16, 29);
    expect(await index.vectors(['t7', 't499'])).toEqual([latest[7]!.vector, latest[499]!.vector]);
    expect((await index.search([query(16, { k: 1_000 })]))[0]).toHaveLength(500);
  });

  it('keeps many genres and regions apart', async () => {
    index = await started({ dimensions: 1 });
    const stored = Array.from(
      { length: 200 },
      (_, i): VectorPoint => ({
        id: `t${i}`,
        vector: Float32Array.of(1),
        payload: {
          ...payload,
          genreIds: [`genre-${i}`, `genre-${(i + 1) % 200}`],
          availability: [{ from: 0, to: 5, regions: [`r${i}`] }, { from: 10 }],
        },
      }),
    );
    await index.upsert(stored);
    const found = async (filter: VectorQuery['filter']) =>
      (await index.search([query(1, { k: 1_000, ...(filter && { filter }) })]))[0]!.map(({ id }) => id);
    expect(await found({ genreIds: ['genre-100'] })).toEqual(['t100', 't99']);
    expect(await found({ availableAt: 1, region: 'r42' })).toEqual(['t42']);
    expect(await found({ availableAt: 7, region: 'r42' })).toEqual([]);
    expect(await found({ availableAt: 10 })).toHaveLength(200);
  });

  it('answers searches of one turn together as it answers each alone, with filters shared or not', async () => {
    index = await started();
    const random = createRandom(3);
    await index.upsert(
      points(9_001, 16).map((point, i) => ({ ...point, payload: { ...payload, maturityLevel: i % 5 } })),
    );
    const narrow = { maturityLimit: 'G', excludeIds: ['t5', 't10'] } as const;
    const asked = Array.from({ length: 23 }, (_, i): VectorQuery => {
      const vector = Float32Array.from({ length: 16 }, () => random.integer(7) - 3);
      // Shared by neighbours, equal but not shared, and none at all.
      const filter = [narrow, narrow, { ...narrow }, undefined, undefined][i % 5];
      return { vector, k: 1 + random.integer(300), ...(filter && { filter }) };
    });
    const alone = [];
    for (const one of asked) alone.push((await index.search([one]))[0]);
    const together = await Promise.all([
      index.search(asked.slice(0, 4)),
      index.search(asked.slice(4, 5)),
      index.search(asked.slice(5)),
    ]);
    expect(together.flat()).toEqual(alone);
    expect(alone[0]!.length).toBeGreaterThan(0);
  });

  it('refuses more queries than may wait, and serves again when they are done', async () => {
    index = await started({ maxQueued: 4 });
    await index.upsert(points(2_000, 16));
    const answers = await Promise.allSettled(
      Array.from({ length: 10 }, () => index.search([query(16), query(16)])),
    );
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    for (const answer of answers.filter(({ status }) => status === 'rejected')) {
      expect(answer).toMatchObject({ reason: { code: 'OVERLOADED' } });
    }
    expect((await index.search([query(16)]))[0]).toHaveLength(10);
  });

  it('gives up in the middle of a scan when the time is up, and the queue moves on', async () => {
    index = await started({ dimensions: 256 });
    await index.upsert(points(20_000, 256));
    const heavy = Array.from({ length: 100 }, () => query(256, { k: 1_000, deadline: deadlineAfter(8) }));
    await expect(index.search(heavy)).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect((await index.search([query(256)]))[0]).toHaveLength(10);
  });

  it('restarts a thread that dies, with the data intact, and fails only the searches in flight', async () => {
    const spawned = once(process, 'worker') as Promise<[Worker]>;
    index = await started({ dimensions: 256 });
    const [thread] = await spawned;
    await index.upsert(points(5_000, 256));
    await index.delete(['t0']);
    const writer = await index.beginCollection('next');
    await writer.upsert(points(10, 256));
    const expected = await index.search([query(256)]);

    const inFlight = index.search(Array.from({ length: 100 }, () => query(256)));
    const killed = thread.terminate();
    await expect(inFlight).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
    await killed;
    expect(index.readiness().ready).toBe(false);
    await expect(index.search([query(256)])).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });

    // A write waits for the new thread; the vectors never were away.
    const more = { ...points(1, 256)[0]!, id: 'late' };
    const writing = index.upsert([more]);
    expect((await index.vectors(['t1']))[0]).toEqual(points(2, 256)[1]!.vector);
    await writing;
    expect(index.readiness().ready).toBe(true);
    await index.delete(['late']);
    expect(await index.search([query(256)])).toEqual(expected);
    await writer.promote();
    expect((await index.search([query(256)]))[0]).toHaveLength(10);
    expect(await index.count()).toBe(10);
  });

  it('does not hold the event loop while it scans or is filled', async () => {
    index = await started({ dimensions: 256 });
    const stored = points(20_000, 256);
    let turns = 0;
    const counter = setInterval(() => turns++, 1);
    await index.upsert(stored);
    const whileFilling = turns;
    await index.search(
      Array.from({ length: 100 }, () => query(256, { k: 1_000, deadline: deadlineAfter(10_000) })),
    );
    clearInterval(counter);
    expect(whileFilling).toBeGreaterThan(5);
    expect(turns - whileFilling).toBeGreaterThan(20);
  });
});

describe('the scan kernel', () => {
  it('is what its source compiles to', async () => {
    expect(Buffer.from(await compileKernel()).equals(await readFile(KERNEL_URL))).toBe(true);
  });
});
