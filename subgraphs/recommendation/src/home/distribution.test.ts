import fc from 'fast-check';
import { expect, test } from 'vitest';
import { distribution, shareBelow } from './distribution.ts';

const samples = fc.array(
  fc.record({ value: fc.integer({ min: -20, max: 20 }), weight: fc.integer({ min: 0, max: 9 }) }),
  { maxLength: 40 },
);

test('the share below a value is the weight of what is smaller and half of what is equal', () => {
  fc.assert(
    fc.property(samples, fc.integer({ min: -21, max: 21 }), (sample, value) => {
      const all = sample.reduce((sum, { weight }) => sum + weight, 0);
      const below = sample.reduce(
        (sum, entry) => sum + entry.weight * (entry.value < value ? 1 : entry.value === value ? 0.5 : 0),
        0,
      );
      const measured = shareBelow(
        distribution(
          sample.map((entry) => entry.value),
          sample.map(({ weight }) => weight),
        ),
        value,
      );
      expect(measured).toBeCloseTo(all === 0 ? 0 : below / all);
    }),
  );
});
