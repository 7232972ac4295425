/** What every store of answers promises. Run on each adapter. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ResponseStore, Slot } from './response-store.ts';

export interface ResponseStoreHarness {
  /** The same data every time; not started. */
  open(): ResponseStore;
  /** Lets time pass for what expires. */
  elapse(milliseconds: number): Promise<void>;
  dispose(): Promise<void>;
}

const of = (key: string, subjects: readonly string[] = [], owner?: string): Slot => ({
  key,
  subjects,
  ...(owner === undefined ? {} : { owner }),
});

export function describeResponseStoreContract(name: string, makeHarness: () => ResponseStoreHarness): void {
  describe(`a store of answers: ${name}`, () => {
    let harness: ResponseStoreHarness;
    let store: ResponseStore;
    beforeEach(async () => {
      harness = makeHarness();
      store = harness.open();
      await store.start();
    });
    afterEach(async () => {
      await store.stop();
      await harness.dispose();
    });

    async function versions(slot: Slot): Promise<string> {
      const [found] = await store.read([slot]);
      return found!.versions;
    }
    async function keep(slot: Slot, text: string, ttlMs = 60_000): Promise<number> {
      return store.write([{ slot, versions: await versions(slot), text, ttlMs }]);
    }
    const texts = async (...slots: Slot[]) => (await store.read(slots)).map(({ text }) => text);

    it('gives back what was kept, in the order it is asked for', async () => {
      await keep(of('a'), '{"ä":"☃"}');
      await keep(of('b', ['Title:1']), 'b');
      await keep(of('c', ['Title:1'], 'profile:1'), 'line\nbreak');
      expect(
        await texts(of('c', ['Title:1'], 'profile:1'), of('none'), of('a'), of('b', ['Title:1'])),
      ).toEqual(['line\nbreak', undefined, '{"ä":"☃"}', 'b']);
    });

    it('keeps the last of two', async () => {
      await keep(of('a'), 'one');
      await keep(of('a'), 'two');
      expect(await texts(of('a'))).toEqual(['two']);
    });

    it('keeps several entries of one owner who had none before in one write', async () => {
      const slots = [of('a', ['T'], 'p'), of('b', [], 'p'), of('c', ['T'], 'p')];
      const found = await store.read(slots);
      const entries = slots.map((slot, i) => ({
        slot,
        versions: found[i]!.versions,
        text: slot.key,
        ttlMs: 9_000,
      }));
      expect(await store.write(entries)).toBe(3);
      expect(await texts(...slots)).toEqual(['a', 'b', 'c']);
    });

    it('an owner has what is theirs, and nobody else has it', async () => {
      await keep(of('home', [], 'profile:1'), 'of 1');
      await keep(of('home', [], 'profile:2'), 'of 2');
      await keep(of('home'), 'of nobody');
      expect(
        await texts(
          of('home', [], 'profile:1'),
          of('home', [], 'profile:2'),
          of('home'),
          of('home', [], 'x'),
        ),
      ).toEqual(['of 1', 'of 2', 'of nobody', undefined]);
    });

    it('ends what depends on a subject that advances, and nothing else', async () => {
      const titles = [of('t1', ['Title:1']), of('t2', ['Title:2']), of('list', ['Title', 'Genre'])];
      const home = of('home', ['Title'], 'profile:1');
      for (const slot of [...titles, home]) await keep(slot, slot.key);
      await store.advance(['Title:1']);
      expect(await texts(...titles, home)).toEqual([undefined, 't2', 'list', 'home']);
      await store.advance(['Title']);
      expect(await texts(...titles, home)).toEqual([undefined, 't2', undefined, undefined]);
      await keep(home, 'again');
      await store.advance(['profile:2']);
      expect(await texts(home)).toEqual(['again']);
      await store.advance(['profile:1']);
      expect(await texts(home)).toEqual([undefined]);
    });

    it('never serves what began to be computed before its subject advanced, however late it is written', async () => {
      for (const slot of [of('a', [], 'profile:1'), of('b', ['Title:1']), of('c', ['Title'], 'profile:2')]) {
        const before = await versions(slot);
        await store.advance([slot.subjects[0] ?? 'profile:1']);
        expect(await store.write([{ slot, versions: before, text: 'old', ttlMs: 60_000 }])).toBe(0);
        expect(await texts(slot)).toEqual([undefined]);
        expect(await keep(slot, 'new')).toBe(1);
        expect(await texts(slot)).toEqual(['new']);
      }
    });

    it('never comes back to a version', async () => {
      const seen = new Set<string>();
      for (let i = 0; i < 20; i++) {
        await store.advance(['profile:1', 'profile:1']);
        seen.add(await versions(of('a', [], 'profile:1')));
      }
      expect(seen.size).toBe(20);
    });

    it('forgets what is too old', async () => {
      await keep(of('short', [], 'p'), 'x', 60);
      await keep(of('long', [], 'p'), 'y', 60_000);
      expect(await texts(of('short', [], 'p'))).toEqual(['x']);
      await harness.elapse(80);
      expect(await texts(of('short', [], 'p'), of('long', [], 'p'))).toEqual([undefined, 'y']);
    });

    it('removes all of an owner, also what is written a moment later', async () => {
      const owned = [of('a', [], 'profile:[*]'), of('b', ['T'], 'profile:[*]')];
      const other = of('a', [], 'profile:[*]2');
      for (const slot of [...owned, other]) await keep(slot, 'x');
      const late = { slot: owned[0]!, versions: await versions(owned[0]!), text: 'late', ttlMs: 60_000 };
      expect(await store.remove('profile:[*]')).toBe(2);
      expect(await store.write([late])).toBe(0);
      expect(await texts(...owned, other)).toEqual([undefined, undefined, 'x']);
      expect(await store.remove('profile:[*]')).toBe(0);
    });

    it('takes large values, and many of them at once', async () => {
      const slots = Array.from({ length: 400 }, (_, i) => of(`k${i}`, [`Title:${i}`]));
      const found = await store.read(slots);
      const text = 'x'.repeat(2_000);
      const entries = slots.map((slot, i) => ({ slot, versions: found[i]!.versions, text, ttlMs: 60_000 }));
      expect(await store.write(entries)).toBe(400);
      expect((await texts(...slots)).every((each) => each === text)).toBe(true);
      await keep(of('large'), 'y'.repeat(1_000_000));
      expect((await texts(of('large')))[0]).toHaveLength(1_000_000);
    });
  });
}
