/**
 * What every online store must do. An adapter's test calls this once:
 * `describeKeyValueStoreContract('memory', () => harness)`.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type KeyValueStore, MAX_KEYS } from './index.ts';

/** One body of data that can be opened again and again. */
export interface KeyValueStoreHarness {
  /** A new store over the same data, not started. */
  open(): KeyValueStore;
  /** Lets so much of the store's time pass. */
  elapse(milliseconds: number): Promise<void>;
  dispose(): Promise<void>;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (value: Uint8Array | undefined): string | undefined =>
  value === undefined ? undefined : new TextDecoder().decode(value);

export function describeKeyValueStoreContract(
  name: string,
  makeHarness: () => KeyValueStoreHarness | Promise<KeyValueStoreHarness>,
): void {
  describe(`online store: ${name}`, () => {
    let harness: KeyValueStoreHarness;
    let store: KeyValueStore;
    const read = async (...keys: string[]) => (await store.getMany(keys)).map(text);
    const keysOf = async (prefix: string) => {
      const keys: string[] = [];
      for await (const page of store.scan(prefix)) keys.push(...page);
      return keys.sort();
    };

    beforeEach(async () => {
      harness = await makeHarness();
      store = harness.open();
      await store.start();
    });
    afterEach(async () => {
      await store.stop();
      await harness.dispose();
    });

    it('answers in the order of the keys, repeats included, and undefined for what is missing', async () => {
      await store.putMany([
        { key: 'n:a', value: bytes('A') },
        { key: 'n:b', value: bytes('B') },
      ]);
      expect(await read('n:b', 'n:none', 'n:a', 'n:b')).toEqual(['B', undefined, 'A', 'B']);
      expect(await store.getMany([])).toEqual([]);
    });

    it('keeps every byte, also of an empty value and in keys of any script', async () => {
      const value = Uint8Array.from({ length: 256 }, (_, i) => i);
      await store.putMany([
        { key: 'n:каталог 映画', value },
        { key: 'n:empty', value: new Uint8Array(0) },
      ]);
      const [all, empty] = await store.getMany(['n:каталог 映画', 'n:empty']);
      expect(Uint8Array.from(all!)).toEqual(value);
      expect(empty!.byteLength).toBe(0);
    });

    it('replaces and deletes; deleting what is missing does nothing', async () => {
      await store.putMany([{ key: 'n:a', value: bytes('old') }]);
      await store.putMany([
        { key: 'n:a', value: bytes('new') },
        { key: 'n:b', value: bytes('b') },
      ]);
      expect(await read('n:a', 'n:b')).toEqual(['new', 'b']);
      await store.deleteMany(['n:a', 'n:none']);
      expect(await read('n:a', 'n:b')).toEqual([undefined, 'b']);
    });

    it('takes the last of a key that one call gives twice', async () => {
      await store.putMany([
        { key: 'n:a', value: bytes('first') },
        { key: 'n:a', value: bytes('second') },
      ]);
      expect(await read('n:a')).toEqual(['second']);
    });

    it('refuses to read more keys than the bound', async () => {
      const keys = Array.from({ length: MAX_KEYS + 1 }, (_, i) => `n:${i}`);
      await expect(store.getMany(keys)).rejects.toMatchObject({ code: 'BAD_USER_INPUT', field: 'keys' });
      expect(await store.getMany(keys.slice(1))).toHaveLength(MAX_KEYS);
    });

    it('forgets a value when its time is over, for readers and scans', async () => {
      await store.putMany([
        { key: 'n:short', value: bytes('s'), ttlMs: 100 },
        { key: 'n:long', value: bytes('l'), ttlMs: 60_000 },
        { key: 'n:lasting', value: bytes('p') },
      ]);
      expect(await read('n:short', 'n:long', 'n:lasting')).toEqual(['s', 'l', 'p']);
      await harness.elapse(101);
      expect(await keysOf('n:')).toEqual(['n:lasting', 'n:long']);
      expect(await read('n:short', 'n:long', 'n:lasting')).toEqual([undefined, 'l', 'p']);
    });

    it('lets the newest write decide whether a value expires', async () => {
      await store.putMany([
        { key: 'n:a', value: bytes('1'), ttlMs: 50 },
        { key: 'n:b', value: bytes('1') },
        { key: 'n:c', value: bytes('1'), ttlMs: 50 },
      ]);
      await store.putMany([
        { key: 'n:a', value: bytes('2') },
        { key: 'n:b', value: bytes('2'), ttlMs: 50 },
        { key: 'n:c', value: bytes('2'), ttlMs: 60_000 },
      ]);
      await harness.elapse(51);
      expect(await read('n:a', 'n:b', 'n:c')).toEqual(['2', undefined, '2']);
    });

    it('scans exactly the keys with a prefix, in pages', async () => {
      const mine = Array.from({ length: 2_500 }, (_, i) => `profile:${i}`);
      await store.putMany([...mine, 'profiles:x', 'title:1'].map((key) => ({ key, value: bytes('v') })));
      await store.putMany([{ key: 'profile:expiring', value: bytes('v'), ttlMs: 60_000 }]);
      expect(await keysOf('profile:')).toEqual([...mine, 'profile:expiring'].sort());
      expect(await keysOf('nothing:')).toEqual([]);
    });

    it('can delete what a scan finds while it scans', async () => {
      const keys = Array.from({ length: 3_000 }, (_, i) => `profile:${i}`);
      await store.putMany(keys.map((key) => ({ key, value: bytes('v') })));
      for await (const page of store.scan('profile:')) await store.deleteMany(page);
      expect(await keysOf('profile:')).toEqual([]);
    });

    it('keeps one checkpoint per consumer, 0 before the first', async () => {
      expect(await store.checkpoint('one')).toBe(0);
      await store.putMany([{ key: 'n:a', value: bytes('a') }], { consumer: 'one', sequence: 7 });
      await store.putMany([], { consumer: 'two', sequence: 2 ** 40 });
      expect(await store.checkpoint('one')).toBe(7);
      expect(await store.checkpoint('two')).toBe(2 ** 40);
    });

    it('keeps the checkpoints of partitions apart', async () => {
      await store.putMany([], { consumer: 'one', partition: 3, sequence: 9 });
      await store.putMany([], { consumer: 'one', partition: 0, sequence: 5 });
      expect(await store.checkpoint('one', 3)).toBe(9);
      expect(await store.checkpoint('one', 0)).toBe(5);
      expect(await store.checkpoint('one')).toBe(5);
      expect(await store.checkpoint('one', 1)).toBe(0);
    });

    it('writes nothing for a writer whose checkpoint somebody else has moved', async () => {
      const put = (value: string, sequence: number, expected: number) =>
        store.putMany([{ key: 'n:a', value: bytes(value) }], {
          consumer: 'one',
          partition: 2,
          sequence,
          expected,
        });
      await put('first', 10, 0);
      await put('second', 20, 10);
      await expect(put('late', 15, 10)).rejects.toMatchObject({ code: 'CONFLICT' });
      expect(await read('n:a')).toEqual(['second']);
      expect(await store.checkpoint('one', 2)).toBe(20);
    });

    it('lets exactly one of several writers through that start from one checkpoint', async () => {
      const results = await Promise.allSettled(
        Array.from({ length: 10 }, (_, i) =>
          store.putMany([{ key: 'n:winner', value: bytes(`${i}`) }], {
            consumer: 'one',
            sequence: i + 1,
            expected: 0,
          }),
        ),
      );
      const winners = results.flatMap((result, i) => (result.status === 'fulfilled' ? [i] : []));
      expect(winners).toHaveLength(1);
      expect(await read('n:winner')).toEqual([`${winners[0]}`]);
      expect(await store.checkpoint('one')).toBe(winners[0]! + 1);
    });

    it('has everything again after a flush and a reopening, with its checkpoints', async () => {
      await store.putMany(
        [
          { key: 'n:a', value: bytes('a') },
          { key: 'n:gone', value: bytes('g') },
        ],
        { consumer: 'one', sequence: 41 },
      );
      await store.flush();
      await store.putMany([{ key: 'n:b', value: bytes('b') }], { consumer: 'one', sequence: 42 });
      await store.deleteMany(['n:gone']);
      await store.flush();
      await store.stop();
      store = harness.open();
      await store.start();
      expect(await read('n:a', 'n:b', 'n:gone')).toEqual(['a', 'b', undefined]);
      expect(await store.checkpoint('one')).toBe(42);
    });

    it('answers DEPENDENCY_UNAVAILABLE when it is not running', async () => {
      await store.stop();
      await expect(store.getMany(['n:a'])).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
      expect(store.readiness().ready).toBe(false);
    });
  });
}
