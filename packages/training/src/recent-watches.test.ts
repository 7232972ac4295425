import { createRandom } from '@marquee/domain';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RecentWatches } from './recent-watches.ts';

test('shares are those of the last watches, and the oldest give way', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 8 }),
      fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 40 }),
      (capacity, watched) => {
        const recent = new RecentWatches(capacity);
        for (const id of watched) recent.add(id);
        const last = watched.slice(-capacity);
        expect(recent.size).toBe(last.length);
        for (const id of ['a', 'b', 'c']) {
          const expected = last.length === 0 ? 0 : last.filter((one) => one === id).length / last.length;
          expect(recent.share(id)).toBe(expected);
        }
      },
    ),
  );
});

test('only what is remembered is drawn', () => {
  const recent = new RecentWatches(2);
  for (const id of ['a', 'b', 'c']) recent.add(id);
  const random = createRandom(7);
  const drawn = new Set(Array.from({ length: 64 }, () => recent.draw(random)));
  expect([...drawn].sort()).toEqual(['b', 'c']);
});

test('nothing can be drawn before anything was watched', () => {
  expect(() => new RecentWatches(2).draw(createRandom(7))).toThrow(RangeError);
});
