import { createRandom } from '@marquee/domain';
import { describe, expect, it } from 'vitest';
import { byItem, type Interactions } from '../../interactions/index.ts';
import { interactionsOf, tastefulInteractions } from '../../test/interactions.ts';
import { factorise } from './factorise.ts';
import { createFoldIn } from './fold-in.ts';
import { trainIals } from './ials.model.ts';
import { type IalsSettings, ialsSettings, lambdaBySize, regularisation } from './ials-options.ts';

const interactions = tastefulInteractions({ seed: 4, users: 150, items: 90, tastes: 3, perUser: 24 });

const SIZE = { users: 150, items: 90 };

/** The gradient of the loss by one row's vector, in doubles: zero when the row is solved. */
function gradient(
  own: Float32Array,
  others: Float32Array,
  places: Uint32Array,
  settings: IalsSettings,
): number[] {
  const d = settings.dimensions;
  const count = others.length / d;
  const dots = Array.from({ length: count }, (_, place) =>
    own.reduce((sum, value, k) => sum + value * others[place * d + k]!, 0),
  );
  const has = new Set(places);
  return Array.from(own, (value, k) => {
    let sum = regularisation(settings, places.length, count) * value;
    for (const [place, dot] of dots.entries()) {
      const error = settings.unobservedWeight * dot + (has.has(place) ? dot - 1 : 0);
      sum += error * others[place * d + k]!;
    }
    return sum;
  });
}

function loss(data: Interactions, users: Float32Array, items: Float32Array, settings: IalsSettings): number {
  const d = settings.dimensions;
  const norm = (vectors: Float32Array, row: number): number =>
    vectors.subarray(row * d, row * d + d).reduce((sum, value) => sum + value * value, 0);
  const index = byItem(data);
  let sum = 0;
  for (let u = 0; u < data.users.length; u++) {
    const own = data.item.subarray(data.start[u]!, data.start[u + 1]!);
    sum += regularisation(settings, own.length, data.items.length) * norm(users, u);
    for (let i = 0; i < data.items.length; i++) {
      let dot = 0;
      for (let k = 0; k < d; k++) dot += users[u * d + k]! * items[i * d + k]!;
      sum += settings.unobservedWeight * dot * dot + (own.includes(i) ? (dot - 1) ** 2 : 0);
    }
  }
  for (let i = 0; i < data.items.length; i++) {
    sum +=
      regularisation(settings, index.start[i + 1]! - index.start[i]!, data.users.length) * norm(items, i);
  }
  return sum;
}

describe('iALS', () => {
  // 24 columns do not fill the kernel's blocks of 8 × 4 evenly with the diagonal; 8 is the least.
  it.each([8, 24, 64])(
    'with %d dimensions every item is solved exactly from the users',
    async (dimensions) => {
      const settings = ialsSettings({ dimensions, iterations: 3, lambda: 0.02 }, SIZE);
      const { users, items } = await factorise(interactions, settings, { seed: 1, threads: 1 });
      const index = byItem(interactions);
      let worst = 0;
      for (let item = 0; item < interactions.items.length; item++) {
        const own = items.subarray(item * dimensions, (item + 1) * dimensions);
        const places = index.user.subarray(index.start[item]!, index.start[item + 1]!);
        worst = Math.max(worst, ...gradient(own, users, places, settings).map(Math.abs));
      }
      expect(worst).toBeLessThan(1e-3);
    },
  );

  it('every round lowers the loss', async () => {
    const losses: number[] = [];
    for (const iterations of [1, 2, 4, 8]) {
      const settings = ialsSettings({ dimensions: 16, iterations }, SIZE);
      const { users, items } = await factorise(interactions, settings, { seed: 1, threads: 1 });
      losses.push(loss(interactions, users, items, settings));
    }
    expect(losses).toEqual(losses.toSorted((a, b) => b - a));
    expect(losses.at(-1)!).toBeLessThan(losses[0]! * 0.95);
  });

  it('is the same for a seed whatever the threads, and another for another seed', async () => {
    const settings = ialsSettings({ dimensions: 16, iterations: 2 }, SIZE);
    const one = await factorise(interactions, settings, { seed: 1, threads: 1 });
    expect(await factorise(interactions, settings, { seed: 1, threads: 3 })).toEqual(one);
    expect((await factorise(interactions, settings, { seed: 2, threads: 1 })).items).not.toEqual(one.items);
  });

  it('folding a user in solves the same equations as training does', async () => {
    const settings = ialsSettings({ dimensions: 16, iterations: 3 }, SIZE);
    const factors = await factorise(interactions, settings, { seed: 1, threads: 1 });
    const foldIn = createFoldIn(factors, settings);
    const places = interactions.item.slice(interactions.start[5]!, interactions.start[6]!);
    const vector = foldIn.vectorOf(places);
    expect(Math.max(...gradient(vector, factors.items, places, settings).map(Math.abs))).toBeLessThan(1e-4);
    expect([...foldIn.vectorOf(new Uint32Array(0))]).toEqual(new Array(16).fill(0));
  });

  // The kernel gathers 96 vectors at once: histories that fill a batch exactly, leave one over, or need dozens.
  it.each([1, 95, 96, 97, 192, 193, 3_000])('a history of %d solves the equations, too', (length) => {
    const dimensions = 24;
    const count = 3_100;
    const random = createRandom(length);
    const items = Float32Array.from({ length: count * dimensions }, () => random.normal(0, 0.2));
    const itemGram = new Float32Array(dimensions * dimensions);
    for (let a = 0; a < dimensions; a++) {
      for (let b = a; b < dimensions; b++) {
        let sum = 0;
        for (let item = 0; item < count; item++) {
          sum += items[item * dimensions + a]! * items[item * dimensions + b]!;
        }
        itemGram[a * dimensions + b] = sum;
      }
    }
    const settings = ialsSettings({ dimensions, lambda: 0.02 }, { users: 100, items: count });
    const { vectorOf } = createFoldIn({ items, itemGram, knownItems: count }, settings);
    const history = Uint32Array.from(random.shuffle(Array.from({ length: count }, (_, i) => i))).subarray(
      0,
      length,
    );
    const vector = vectorOf(history);
    const rest = gradient(vector, items, history, settings);
    const atZero = gradient(new Float32Array(dimensions), items, history, settings);
    expect(Math.hypot(...rest) / Math.hypot(...atZero)).toBeLessThan(1e-4);
  });

  it('finds the taste of somebody it has not seen', async () => {
    const model = await trainIals(interactions, { seed: 1, threads: 1, dimensions: 16, lambda: 0.05 });
    // The second taste's block is items 30 to 59.
    const items = Uint32Array.from(['i30', 'i33', 'i36', 'i40'].map((id) => interactions.items.indexOf(id)));
    const list = model.recommend({ items, at: new Float64Array(4) }, 10, items);
    const own = [...list].filter((item) => {
      const number = Number(interactions.items[item]!.slice(1));
      return number >= 30 && number < 60;
    });
    expect(own.length).toBeGreaterThanOrEqual(8);
  });

  it('can be asked with the newest part of a history alone', async () => {
    const options = { seed: 1, threads: 1, dimensions: 16, iterations: 3 };
    const whole = await trainIals(interactions, options);
    const recent = await trainIals(interactions, { ...options, history: 4 });
    const items = interactions.item.slice(interactions.start[5]!, interactions.start[6]!);
    const asked = (from: number) => ({
      items: items.subarray(from),
      at: new Float64Array(items.length - from),
    });
    expect(recent.recommend(asked(0), 20, items)).toEqual(
      whole.recommend(asked(items.length - 4), 20, items),
    );
    expect(recent.recommend(asked(0), 20, items)).not.toEqual(whole.recommend(asked(0), 20, items));
  });

  it('without a λ takes one that falls with the size of the data', () => {
    expect(ialsSettings({}, { users: 9_000, items: 1_000 }).lambda).toBeCloseTo(0.014);
    expect(ialsSettings({ lambda: 0.2 }, SIZE).lambda).toBe(0.2);
    expect(lambdaBySize({ users: 1, items: 1 })).toBeLessThan(1);
  });

  it('one user and one item are enough, and bad options are named', async () => {
    const tiny = interactionsOf([['a', 'x']]);
    const model = await trainIals(tiny, { seed: 1, threads: 1 });
    const history = { items: Uint32Array.of(0), at: Float64Array.of(0) };
    expect([...model.recommend(history, 3, [])]).toEqual([0]);
    await expect(trainIals(tiny, { seed: 1, dimensions: 10 })).rejects.toThrow(
      /dimensions must be a multiple of 8/,
    );
    await expect(trainIals(tiny, { seed: 1, lambda: Number.NaN })).rejects.toThrow(
      /lambda must be at least 0/,
    );
    await expect(trainIals(interactionsOf([]), { seed: 1 })).rejects.toThrow(/no interactions/);
  });
});
