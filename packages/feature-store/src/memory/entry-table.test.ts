import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EntryTable } from './entry-table.ts';
import type { Instant } from './instant.ts';

/** Small, so that a few writes fill segments, and moving begins. */
const SEGMENT_BYTES = 1_024;
/** What Arena promises of dead bytes, for `live` bytes of records. */
const mostDead = (live: number) => live / 2 + SEGMENT_BYTES;

const KEYS = 120;
/** Of one and of two bytes per unit. */
const keyOf = (i: number) => (i % 4 === 0 ? `каталог:${i}` : `title:${i}${'é'.repeat(i % 5)}`);
/** Each third entry stays where it is, so that segments are never wholly dead. */
const key = fc
  .nat(KEYS - 1)
  .filter((i) => i % 3 !== 0)
  .map(keyOf);
const value = fc
  .tuple(fc.oneof(fc.nat(40), fc.nat(300)), fc.nat(255))
  .map(([length, byte]) => new Uint8Array(length).fill(byte));
const entry = fc.record({
  key,
  value,
  ttlMs: fc.option(fc.integer({ min: 1, max: 50 }), { nil: undefined }),
});
const step = fc.oneof(
  { weight: 6, arbitrary: fc.array(entry, { minLength: 1, maxLength: 12 }).map((put) => ({ put })) },
  { weight: 3, arbitrary: key.map((remove) => ({ remove })) },
  { weight: 3, arbitrary: key.map((read) => ({ read })) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 30 }).map((elapse) => ({ elapse })) },
  { weight: 1, arbitrary: fc.constant({ sweep: true }) },
  { weight: 1, arbitrary: fc.nat(20).map((snapshot) => ({ snapshot })) },
);

interface Known {
  readonly value: Uint8Array;
  readonly expiresAt: number;
}

describe('the table of entries', () => {
  it('holds what a map would, whatever is moved, and never changes what it gave out', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 150 }), (steps) => {
        const table = new EntryTable(2 ** 30, SEGMENT_BYTES);
        const model = new Map<string, Known>();
        const givenOut: [Uint8Array, Uint8Array][] = [];
        let now = 1_000;
        for (let i = 0; i < KEYS; i++) {
          const value = new Uint8Array(60).fill(i);
          table.put([{ key: keyOf(i), value }], now);
          model.set(keyOf(i), { value, expiresAt: Infinity });
        }
        const alive = (known: Known | undefined) => (known && known.expiresAt > now ? known : undefined);
        for (const current of steps) {
          if ('put' in current) {
            table.put(current.put, now);
            for (const { key, value, ttlMs } of current.put) {
              model.set(key, { value, expiresAt: ttlMs === undefined ? Infinity : now + ttlMs });
            }
          } else if ('remove' in current) {
            table.delete(current.remove);
            model.delete(current.remove);
          } else if ('read' in current) {
            const found = table.get(current.read, now);
            expect(found).toEqual(alive(model.get(current.read))?.value);
            if (found !== undefined) givenOut.push([found, found.slice()]);
          } else if ('elapse' in current) now += current.elapse;
          else if ('sweep' in current) sweep(table, now);
          else {
            const lasting = [...model].filter(([, known]) => known.expiresAt === Infinity);
            const instant = table.instant();
            expect(instant.count).toBe(lasting.length);
            const read = readOn(instant, current.snapshot);
            // Part of the way on, everything else is replaced, by values that are no part of it.
            for (const [key] of lasting.filter((_, i) => i % 2 === 0)) {
              table.put([{ key, value: Uint8Array.of(1, 2, 3) }], now);
              model.set(key, { value: Uint8Array.of(1, 2, 3), expiresAt: Infinity });
            }
            read.push(...readOn(instant));
            expect(new Map(read)).toEqual(new Map(lasting.map(([key, known]) => [key, known.value])));
            expect(read).toHaveLength(instant.count);
          }
          expect(table.deadBytes).toBeLessThanOrEqual(mostDead(table.bytes));
        }
        for (const [key, known] of model) expect(table.get(key, now)).toEqual(alive(known)?.value);
        expect(keysOf(table, now).sort()).toEqual(
          [...model.keys()].filter((k) => alive(model.get(k))).sort(),
        );
        for (const [view, copy] of givenOut) expect(view).toEqual(copy);
        for (const key of model.keys()) table.delete(key);
        expect(table.bytes).toBe(0);
      }),
      { numRuns: 80 },
    );
  });

  it('keeps within its bound of bytes what is replaced again and again', () => {
    const table = new EntryTable(2 ** 30, SEGMENT_BYTES);
    const keys = Array.from({ length: 500 }, (_, i) => `title:${i}`);
    for (let round = 0; round < 40; round++) {
      for (const [i, key] of keys.entries()) {
        if (round > 0 && (i % 3 === 0 || i % 7 !== round % 7)) continue;
        table.put([{ key, value: new Uint8Array(100).fill(round) }], 0);
        expect(table.deadBytes).toBeLessThanOrEqual(mostDead(table.bytes));
      }
    }
    for (const [i, key] of keys.entries()) {
      const last = [...Array(40).keys()].findLast(
        (round) => round === 0 || (i % 3 !== 0 && i % 7 === round % 7),
      )!;
      expect(table.get(key, 0)![0]).toBe(last);
    }
  });

  it('finds each of thirty thousand keys, and none that was removed', () => {
    const table = new EntryTable(2 ** 30);
    const key = (i: number) => `title-popularity:${i}`;
    const value = (i: number) => new Uint8Array(Int32Array.of(i).buffer);
    for (let i = 0; i < 30_000; i++) table.put([{ key: key(i), value: value(i) }], 0);
    for (let i = 0; i < 30_000; i += 3) table.delete(key(i));
    let wrong = 0;
    for (let i = 0; i < 30_000; i++) {
      const found = table.get(key(i), 0);
      const as = found && new Int32Array(found.buffer, found.byteOffset, 1)[0];
      if (as !== (i % 3 === 0 ? undefined : i)) wrong++;
    }
    expect(wrong).toBe(0);
  });
});

function readOn(instant: Instant, most = Infinity): [string, Uint8Array][] {
  const read: [string, Uint8Array][] = [];
  while (read.length < most && instant.next()) {
    const bytes = Buffer.alloc(instant.keyBytes + instant.valueBytes);
    instant.copyTo(bytes, 0);
    read.push([
      bytes.toString('utf8', 0, instant.keyBytes),
      new Uint8Array(bytes.subarray(instant.keyBytes)),
    ]);
  }
  return read;
}

function sweep(table: EntryTable, now: number): void {
  for (let from: number | undefined = 0; from !== undefined; ) from = table.removeExpired(from, 7, now);
}

function keysOf(table: EntryTable, now: number): string[] {
  const keys: string[] = [];
  for (let from: number | undefined = 0; from !== undefined; ) {
    const page = table.keysOf(from, 7, now);
    keys.push(...page.keys);
    from = page.next;
  }
  return keys;
}
