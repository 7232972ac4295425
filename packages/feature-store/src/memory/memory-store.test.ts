import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setImmediate as yieldToLoop } from 'node:timers/promises';
import { manualClock } from '@marquee/domain';
import { temporaryFolder } from '@marquee/testkit';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { describeKeyValueStoreContract } from '../contract.ts';
import type { KeyValueStore } from '../index.ts';
import { createMemoryStore } from './index.ts';

describeKeyValueStoreContract('memory', () => {
  const folder = temporaryFolder();
  const clock = manualClock(1_000_000);
  return {
    open: () => createMemoryStore({ snapshotFile: folder.file('store.snapshot'), clock }),
    elapse: async (milliseconds) => clock.advance(milliseconds),
    dispose: () => folder.remove(),
  };
});

async function started(options: Parameters<typeof createMemoryStore>[0]): Promise<KeyValueStore> {
  const store = createMemoryStore(options);
  await store.start();
  return store;
}

async function contentsOf(store: KeyValueStore): Promise<Map<string, number[]>> {
  const contents = new Map<string, number[]>();
  for await (const page of store.scan('')) {
    const values = await store.getMany(page);
    for (const [index, key] of page.entries()) contents.set(key, [values[index]!.length, values[index]![0]!]);
  }
  return contents;
}

describe('the memory store and its snapshot', () => {
  it('comes back after any crash as it was at one instant, with the checkpoint of that instant', async () => {
    // Values of up to 200 KB spread a snapshot over several writes, between which other writes happen.
    const write = fc.record({
      kind: fc.constant('put' as const),
      keys: fc.array(fc.integer({ min: 0, max: 7 }), { minLength: 1, maxLength: 4 }),
      kilobytes: fc.integer({ min: 1, max: 200 }),
    });
    const step = fc.oneof(
      { weight: 4, arbitrary: write },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const), key: fc.nat(7) }) },
      { weight: 2, arbitrary: fc.constant({ kind: 'flush' as const }) },
      { weight: 1, arbitrary: fc.constant({ kind: 'awaited flush' as const }) },
      { weight: 3, arbitrary: fc.constant({ kind: 'turn' as const }) },
      { weight: 2, arbitrary: fc.constant({ kind: 'crash' as const }) },
    );
    const folder = temporaryFolder();
    onTestFinished(folder.remove);
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const file = folder.file(`${run++}.snapshot`);
        const store = await started({ snapshotFile: file });
        const model = new Map<string, number[]>();
        let sequence = 0;
        /** Every state the store was ever in, newest last. */
        const states = [{ sequence, contents: new Map(model) }];
        let durable = 0;
        let crashes = 0;
        const flushes: Promise<void>[] = [];

        const crash = async () => {
          const atLeast = durable;
          const copy = `${file}.crashed-${crashes++}`;
          if (existsSync(file)) copyFileSync(file, copy);
          const reopened = await started({ snapshotFile: copy });
          const found = await contentsOf(reopened);
          const foundSequence = await reopened.checkpoint('consumer');
          await reopened.stop();
          const index = states.findIndex(
            (state, i) =>
              i >= atLeast &&
              state.sequence === foundSequence &&
              JSON.stringify([...state.contents].sort()) === JSON.stringify([...found].sort()),
          );
          expect(index, 'a state of the past, not older than the last flush').toBeGreaterThanOrEqual(0);
        };

        const flushAndCrash = async () => {
          const upTo = states.length - 1;
          await store.flush();
          durable = Math.max(durable, upTo);
          await crash();
        };

        for (const current of steps) {
          switch (current.kind) {
            case 'put': {
              sequence++;
              const value = new Uint8Array(current.kilobytes * 1_024).fill(sequence);
              for (const key of current.keys) model.set(`key:${key}`, [value.length, value[0]!]);
              await store.putMany(
                current.keys.map((key) => ({ key: `key:${key}`, value })),
                { consumer: 'consumer', sequence },
              );
              states.push({ sequence, contents: new Map(model) });
              break;
            }
            case 'delete':
              model.delete(`key:${current.key}`);
              await store.deleteMany([`key:${current.key}`]);
              states.push({ sequence, contents: new Map(model) });
              break;
            case 'flush':
              flushes.push(flushAndCrash());
              break;
            case 'awaited flush':
              await flushAndCrash();
              break;
            case 'turn':
              await yieldToLoop();
              break;
            case 'crash':
              await crash();
          }
        }
        await Promise.all(flushes);
        await store.stop();
        durable = states.length - 1;
        await crash();
      }),
      { numRuns: 40 },
    );
  });

  it('refuses a damaged snapshot by name, and overwrites nothing', async () => {
    const folder = temporaryFolder();
    onTestFinished(folder.remove);
    const file = folder.file('store.snapshot');
    const store = await started({ snapshotFile: file });
    await store.putMany(
      Array.from({ length: 20 }, (_, i) => ({ key: `n:${i}`, value: new Uint8Array(i * 3).fill(i) })),
      { consumer: 'consumer', sequence: 12 },
    );
    await store.stop();
    const sound = readFileSync(file);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(sound.length - 1),
        fc.integer({ min: 1, max: 255 }),
        fc.boolean(),
        async (at, flip, truncate) => {
          const damaged = Buffer.from(truncate ? sound.subarray(0, at) : sound);
          if (!truncate) damaged[at]! ^= flip;
          writeFileSync(file, damaged);
          const victim = createMemoryStore({ snapshotFile: file });
          await expect(victim.start()).rejects.toMatchObject({
            code: 'DATA_CORRUPT',
            message: expect.stringContaining(file),
          });
          await victim.stop();
          expect(readFileSync(file).equals(damaged)).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('ignores and replaces what an interrupted snapshot left behind', async () => {
    const folder = temporaryFolder();
    onTestFinished(folder.remove);
    const file = folder.file('store.snapshot');
    writeFileSync(`${file}.unfinished`, 'half a snap');
    const store = await started({ snapshotFile: file });
    await store.putMany([{ key: 'n:a', value: new Uint8Array([1]) }]);
    await store.stop();
    expect(existsSync(`${file}.unfinished`)).toBe(false);
    expect(await contentsOf(await started({ snapshotFile: file }))).toEqual(new Map([['n:a', [1, 1]]]));
  });

  it('leaves expiring entries out, so that a deleted cache entry cannot come back', async () => {
    const folder = temporaryFolder();
    onTestFinished(folder.remove);
    const file = folder.file('store.snapshot');
    const store = await started({ snapshotFile: file });
    await store.putMany([
      { key: 'slate:1', value: new Uint8Array([1]), ttlMs: 60_000 },
      { key: 'n:a', value: new Uint8Array([1]) },
    ]);
    await store.stop();
    expect([...(await contentsOf(await started({ snapshotFile: file }))).keys()]).toEqual(['n:a']);
  });

  it('refuses a folder that does not exist', async () => {
    const folder = temporaryFolder();
    onTestFinished(folder.remove);
    const store = createMemoryStore({ snapshotFile: folder.file('missing/store.snapshot') });
    await expect(store.start()).rejects.toMatchObject({ code: 'DATA_DIRECTORY_UNUSABLE' });
  });

  it('returns values that can be viewed as float32', async () => {
    const folder = temporaryFolder();
    onTestFinished(folder.remove);
    const file = folder.file('store.snapshot');
    const store = await started({ snapshotFile: file });
    const vector = Float32Array.of(1.5, -2, 3);
    await store.putMany([
      { key: 'odd', value: new Uint8Array(3) },
      { key: 'vector', value: new Uint8Array(vector.buffer) },
    ]);
    await store.stop();
    const [value] = await (await started({ snapshotFile: file })).getMany(['vector']);
    expect(new Float32Array(value!.buffer, value!.byteOffset, 3)).toEqual(vector);
  });
});

describe('the memory store within its bound', () => {
  const kilobyte = new Uint8Array(1_000);

  it('drops the least recently used expiring entries first', async () => {
    const store = await started({ maxBytes: 5_000 });
    for (const key of ['a', 'b', 'c', 'd']) await store.putMany([{ key, value: kilobyte, ttlMs: 60_000 }]);
    await store.getMany(['a']);
    await store.putMany([{ key: 'lasting', value: kilobyte }]);
    const kept = (await store.getMany(['a', 'b', 'c', 'd', 'lasting'])).map((value) => value !== undefined);
    expect(kept).toEqual([true, false, true, true, true]);
  });

  it('refuses lasting entries above it as a whole, and takes what replaces others', async () => {
    const store = await started({ maxBytes: 5_000 });
    await store.putMany(['a', 'b', 'c', 'd'].map((key) => ({ key, value: kilobyte })));
    const refused = store.putMany(
      [
        { key: 'a', value: new Uint8Array(1) },
        { key: 'e', value: kilobyte },
        { key: 'f', value: kilobyte },
      ],
      { consumer: 'consumer', sequence: 1 },
    );
    await expect(refused).rejects.toMatchObject({ code: 'OVERLOADED' });
    expect((await store.getMany(['a', 'e'])).map((value) => value?.length)).toEqual([1_000, undefined]);
    expect(await store.checkpoint('consumer')).toBe(0);
    await store.putMany(['a', 'b', 'c', 'd'].map((key) => ({ key, value: new Uint8Array(900) })));
    await store.deleteMany(['a']);
    await store.putMany([{ key: 'e', value: kilobyte }]);
    expect((await store.getMany(['e']))[0]).toHaveLength(1_000);
  });
});
