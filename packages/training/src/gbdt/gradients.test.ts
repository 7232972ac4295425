import { createRandom } from '@marquee/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMemoryPlan, doubles, floats, words } from '../kernels/memory-plan.ts';
import { exp, gradientKernels } from './plain/gradients.ts';
import { viewsOf } from './plain/memory-views.ts';
import { discountOfRank, gainOfRelevance, idealDcg } from './training/objectives.ts';

/** Gradient pairs of the plain kernels, to which WebAssembly's are equal bit for bit (see train-gbdt.test.ts). */
function pointwise(
  kernel: 'logisticGradients' | 'squaredGradients',
  score: number,
  label: number,
  weight: number,
) {
  const plan = createMemoryPlan();
  const [scores, labels, weights, pairs, greatest] = [1, 1, 1, 2, 2].map((n) =>
    plan.region(4 * n),
  ) as never[];
  const at = (region: never): number => (region as { at: number }).at;
  const memory = plan.allocate('a test');
  floats(memory, scores!)[0] = score;
  floats(memory, labels!)[0] = label;
  floats(memory, weights!)[0] = weight;
  const places = [scores!, labels!, weights!, pairs!, greatest!].map(at);
  gradientKernels(viewsOf(memory))[kernel](0, 0, 1, 1, ...places);
  const [gradient, hessian] = floats(memory, pairs!);
  return { gradient: gradient!, hessian: hessian! };
}

const LOSSES = {
  logisticGradients: (z: number, y: number) => Math.log1p(Math.exp(z)) - y * z,
  squaredGradients: (z: number, y: number) => (z - y) ** 2 / 2,
};

describe('gradients', () => {
  for (const [kernel, loss] of Object.entries(LOSSES)) {
    it(`${kernel}: the first and second differences of the loss`, () => {
      const number = (min: number, max: number) => fc.double({ min, max, noNaN: true }).map(Math.fround);
      fc.assert(
        fc.property(number(-6, 6), number(0, 1), number(Math.fround(0.1), 3), (score, label, weight) => {
          const h = 1e-4;
          const at = (z: number): number => weight * loss(z, label);
          const { gradient, hessian } = pointwise(kernel as keyof typeof LOSSES, score, label, weight);
          expect(gradient).toBeCloseTo((at(score + h) - at(score - h)) / (2 * h), 5);
          expect(hessian).toBeCloseTo((at(score + h) - 2 * at(score) + at(score - h)) / (h * h), 4);
        }),
      );
    });
  }

  it('lambda-rank: those of the pairs’ losses, weighted by what a swap changes in NDCG', () => {
    const random = createRandom(1);
    for (const truncation of [1, 3, 50]) {
      const count = 12;
      const scores = Float32Array.from({ length: count }, () => random.normal());
      const labels = Float32Array.from({ length: count }, () => random.integer(4));
      const { gradients, hessians } = lambdas(scores, labels, truncation);
      const ndcgChange = pairChanges(scores, labels, truncation);
      const loss = (z: ArrayLike<number>): number =>
        ndcgChange.reduce(
          (sum, { better, worse, change }) => sum + change * Math.log1p(Math.exp(z[worse]! - z[better]!)),
          0,
        );
      for (let row = 0; row < count; row++) {
        const h = 1e-4;
        const moved = (by: number) => Float64Array.from(scores, (z, i) => (i === row ? z + by : z));
        const [up, here, down] = [loss(moved(h)), loss(scores), loss(moved(-h))];
        expect(gradients[row]).toBeCloseTo((up - down) / (2 * h), 5);
        expect(hessians[row]).toBeCloseTo((up - 2 * here + down) / (h * h), 4);
      }
      expect(gradients.reduce((sum, gradient) => sum + gradient, 0)).toBeCloseTo(0, 5);
    }
  });

  // Gradients are kept in single precision, whose steps are seven orders wider.
  it('the exponential is that of Math.exp within 45 ulp', () => {
    const isClose = (x: number) => {
      expect(Math.abs(exp(x) / Math.exp(x) - 1)).toBeLessThan(45 * Number.EPSILON);
    };
    fc.assert(fc.property(fc.double({ min: -700, max: 700, noNaN: true }), isClose));
    // Where the polynomial is furthest from its middle.
    for (let k = -1_000; k < 1_000; k++) isClose((k + 0.5) * Math.LN2);
  });
});

function lambdas(scores: Float32Array, labels: Float32Array, truncation: number) {
  const count = scores.length;
  const plan = createMemoryPlan();
  const floatRegion = (n: number) => plan.region(4 * n);
  const doubleRegion = (n: number) => plan.region(8 * n);
  const places = {
    ...{ scores: floatRegion(count), labels: floatRegion(count), pairs: floatRegion(2 * count) },
    ...{ greatest: floatRegion(2), start: floatRegion(2) },
    ...{ ideal: doubleRegion(1), gains: doubleRegion(count), discounts: doubleRegion(count) },
  };
  const memory = plan.allocate('a test');
  floats(memory, places.scores).set(scores);
  floats(memory, places.labels).set(labels);
  words(memory, places.start).set([0, count]);
  doubles(memory, places.ideal)[0] = 1 / idealDcg(labels, truncation);
  doubles(memory, places.gains).set(Float64Array.from(labels, gainOfRelevance));
  for (let rank = 0; rank < Math.min(truncation, count); rank++) {
    doubles(memory, places.discounts)[rank] = discountOfRank(rank);
  }
  const { scores: s, labels: l, pairs, greatest, start, ideal, gains, discounts } = places;
  gradientKernels(viewsOf(memory)).lambdaRankGradients(
    ...[0, 0, 1, 1, s.at, l.at, 0, pairs.at, greatest.at],
    ...[start.at, ideal.at, gains.at, discounts.at, truncation],
  );
  const values = [...floats(memory, pairs)];
  return {
    gradients: values.filter((_, i) => i % 2 === 0),
    hessians: values.filter((_, i) => i % 2 === 1),
  };
}

/** By definition: the NDCG of the present order, and with two rows swapped. */
function pairChanges(scores: Float32Array, labels: Float32Array, truncation: number) {
  const order = [...scores.keys()].sort((a, b) => scores[b]! - scores[a]!);
  const ndcg = (of: readonly number[]): number =>
    of
      .slice(0, truncation)
      .reduce((sum, row, rank) => sum + gainOfRelevance(labels[row]!) * discountOfRank(rank), 0) /
    idealDcg(labels, truncation);
  const changes: { better: number; worse: number; change: number }[] = [];
  for (const [i, a] of order.entries()) {
    for (const [j, b] of order.entries()) {
      if (labels[a]! <= labels[b]!) continue;
      const swapped = order.with(i, b).with(j, a);
      changes.push({ better: a, worse: b, change: Math.abs(ndcg(swapped) - ndcg(order)) });
    }
  }
  return changes;
}
