import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { measureModel } from '../../evaluation/measure-model.ts';
import { splitAtRandom } from '../../protocols/index.ts';
import { tastefulInteractions } from '../../test/interactions.ts';
import { trainEase } from '../ease/ease.model.ts';
import { trainIals } from '../ials/ials.model.ts';
import { trainPopular } from '../popular/popular.model.ts';
import { createRecommender } from '../recommender.ts';
import { type BlendMember, trainBlend } from './blend.model.ts';
import { standardise } from './standardise.ts';

const whole = tastefulInteractions({ seed: 7, users: 200, items: 80, tastes: 4, perUser: 15 });
const { train, histories, targets } = splitAtRandom(whole, { seed: 2 });
const validation = splitAtRandom(train, { seed: 3 });
const options = { seed: 1, threads: 1 };

const ease: BlendMember = { name: 'ease', train: (part) => trainEase(part, { ...options, lambda: 20 }) };
const ials: BlendMember = {
  name: 'ials',
  train: (part) => trainIals(part, { ...options, dimensions: 8, iterations: 4 }),
};
/** Ranks by how bad popular items are: what a blend has to turn off. */
const contrary: BlendMember = {
  name: 'contrary',
  async train(part) {
    const popular = await trainPopular(part, options);
    return createRecommender(part, (history, scores) => {
      popular.score(history, scores);
      for (let item = 0; item < scores.length; item++) scores[item]! *= -1;
    });
  },
};

async function ndcg(member: BlendMember): Promise<number> {
  const model = await member.train(train);
  const { values } = await measureModel(model, { train, histories, targets });
  return values['ndcg@10'].reduce((sum, value) => sum + value, 0) / values['ndcg@10'].length;
}

describe('a blend', () => {
  it('gives a member that only harms no weight, and is then the other one', async () => {
    const blend = await trainBlend(train, [ease, contrary], validation, options);
    expect(blend.weights).toEqual({ ease: 1, contrary: 0 });
    const alone = await ease.train(train);
    const history = { items: Uint32Array.of(3, 9), at: Float64Array.of(Number.NaN, Number.NaN) };
    expect(blend.model.recommend(history, 20, [3, 9])).toEqual(alone.recommend(history, 20, [3, 9]));
  });

  it('is no worse on the validation split than its best member, and holds that on the test', async () => {
    const blend = await trainBlend(train, [ease, ials], validation, options);
    const asMember: BlendMember = { name: 'blend', train: async () => blend.model };
    expect(await ndcg(asMember)).toBeGreaterThan(0.95 * Math.max(await ndcg(ease), await ndcg(ials)));
  });

  it('is the same run after run', async () => {
    const run = async () => (await trainBlend(train, [ease, ials], validation, options)).weights;
    expect(await run()).toEqual(await run());
  });

  it('of one model is refused', async () => {
    await expect(trainBlend(train, [ease], validation, options)).rejects.toThrow(
      /two members or more, not 1/,
    );
  });
});

describe('standardising', () => {
  it('keeps the order, whatever the unit, and moves nothing else', () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }), { minLength: 2 }),
        fc.double({ min: 0.01, max: 100, noNaN: true }),
        (values, unit) => {
          const scores = Float32Array.from([...values, 5], (value) => value * unit);
          const last = scores.at(-1);
          const before = scores.slice();
          const items = Uint32Array.from(values.keys());
          standardise(scores, items);
          expect(scores.at(-1)).toBe(last);
          for (const a of items) {
            for (const b of items)
              if (before[a]! < before[b]!) expect(scores[a]!).toBeLessThanOrEqual(scores[b]!);
          }
        },
      ),
    );
  });

  it('equal scores become 0, and what is not finite sinks', () => {
    const equal = Float32Array.of(0.1, 0.1, 0.1);
    standardise(equal, Uint32Array.of(0, 1, 2));
    expect([...equal]).toEqual([0, 0, 0]);
    const odd = Float32Array.of(Number.NaN, 1, 2, Number.NEGATIVE_INFINITY);
    standardise(odd, Uint32Array.of(0, 1, 2, 3));
    expect(odd.every(Number.isFinite)).toBe(true);
    expect(odd[2]).toBe(Math.max(...odd));
    expect(odd[0]).toBe(odd[3]);
  });
});
