import { createRandom } from '@marquee/domain';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawWindows, packWindows } from './windows.ts';

const cases = fc.record({
  lengths: fc.array(fc.nat(60), { maxLength: 30 }),
  maxLength: fc.integer({ min: 1, max: 20 }),
  positions: fc.integer({ min: 1, max: 200 }),
  seed: fc.nat(),
});

describe('windows', () => {
  it('cover every interaction but the first exactly once as a target, and none is too long', () => {
    fc.assert(
      fc.property(cases, ({ lengths, maxLength, seed }) => {
        const windows = drawWindows(Uint32Array.from(lengths), maxLength, createRandom(seed));
        const times = lengths.map((length) => new Array<number>(length).fill(0));
        for (const { user, from, to } of windows) {
          expect(to - from).toBeGreaterThan(0);
          expect(to - from).toBeLessThanOrEqual(maxLength);
          for (let target = from + 1; target <= to; target++) times[user]![target]!++;
        }
        expect(times).toEqual(lengths.map((length) => Array.from({ length }, (_, i) => Number(i > 0))));
      }),
    );
  });

  it('are packed without losing one, within the size that is allowed, longer single ones aside', () => {
    fc.assert(
      fc.property(cases, ({ lengths, maxLength, positions, seed }) => {
        const random = createRandom(seed);
        const windows = drawWindows(Uint32Array.from(lengths), maxLength, random);
        const groups = packWindows(windows, positions, random);
        for (const group of groups) {
          const longest = Math.max(...group.map(({ from, to }) => to - from));
          if (group.length > 1) expect(group.length * longest).toBeLessThanOrEqual(positions);
        }
        const key = ({ user, from, to }: (typeof windows)[number]) => `${user} ${from} ${to}`;
        expect(groups.flat().map(key).sort()).toEqual(windows.map(key).sort());
      }),
    );
  });
});
