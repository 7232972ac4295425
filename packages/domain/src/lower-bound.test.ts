import fc from 'fast-check';
import { expect, it } from 'vitest';
import { lowerBound } from './lower-bound.ts';

it('is the first element that is not below a value, as a look at each of them finds it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 9 })),
      fc.integer({ min: -1, max: 10 }),
      (values, value) => {
        const ascending = Float64Array.from(values).sort();
        const looked = ascending.findIndex((each) => each >= value);
        expect(lowerBound(ascending, value)).toBe(looked < 0 ? values.length : looked);
      },
    ),
  );
});
