import { describe, expect, it } from 'vitest';
import { gradientError, rows, spread } from '../test/gradient-check.ts';
import type { Value } from './graph-builder.ts';
import {
  add,
  addRows,
  dropOut,
  layerNorm,
  linear,
  logisticLoss,
  matrixProduct,
  multiply,
  pick,
  relu,
  reshape,
  scale,
  softmax,
  softmaxLoss,
  softplus,
  squaredLoss,
  transpose,
  weigh,
} from './operations.ts';
import type { Tape } from './tape.ts';

const TOLERANCE = 1e-6;

/** A loss that depends on every number of x differently: choosing among its own rows. */
function lossOf(tape: Tape, x: Value, size: readonly [number, number]): Value {
  const e = tape.graph.input('loss-e', 'real', [3, size[1]]);
  const targets = tape.graph.input('loss-targets', 'index', [size[0]]);
  const weights = tape.graph.input('loss-weights', 'real', [size[0], 1]);
  return softmaxLoss(tape, { h: x, e, targets, weights });
}

function lossFeeds([n, d]: readonly [number, number]) {
  return {
    'loss-e': spread([3, d], 0.3),
    'loss-targets': rows(...Array.from({ length: n }, (_, i) => i % 3)),
    'loss-weights': spread([n, 1], 1.1),
  };
}

type Operation = (tape: Tape, x: Value, w: Value, b: Value) => Value;

/** x [4, 6], w [6, 6], b [6] → [4, 6]. */
const OPERATIONS: Record<string, Operation> = {
  linear: (tape, x, w, b) => linear(tape, x, w, b),
  'linear of a linear': (tape, x, w, b) => linear(tape, linear(tape, x, w, b), w, b),
  'matrix product, second transposed': (tape, x, w, b) => add(tape, matrixProduct(tape, x, w, true), b),
  'matrix product by batch': (tape, x, w, b) => {
    const a = reshape(tape, x, [2, 2, 2, 3]);
    const own = reshape(tape, linear(tape, x, w, b), [2, 2, 2, 3]);
    const products = matrixProduct(tape, a, transpose(tape, own, [0, 1, 3, 2]), false);
    return reshape(tape, matrixProduct(tape, products, own, false), [4, 6]);
  },
  'add with broadcasting': (tape, x, w, b) => add(tape, add(tape, x, b), linear(tape, x, w, b)),
  'scale and relu': (tape, x, w, b) => relu(tape, scale(tape, linear(tape, x, w, b), -1.3)),
  softmax: (tape, x, w, b) => softmax(tape, linear(tape, x, w, b)),
  'layer norm': (tape, x, w, b) => layerNorm(tape, linear(tape, x, w, b), b, b),
  'drop-out': (tape, x, w, b) =>
    dropOut(tape, linear(tape, x, w, b), tape.graph.input('mask', 'mask', [4, 6]), 0.75),
  'product of two values, one broadcast': (tape, x, w, b) =>
    multiply(tape, multiply(tape, linear(tape, x, w, b), x), b),
  softplus: (tape, x, w, b) => softplus(tape, scale(tape, linear(tape, x, w, b), 3)),
  'rows by number, some twice, some never': (tape, x, w, b) =>
    pick(tape, linear(tape, x, w, b), tape.graph.input('picked', 'index', [4])),
  'rows added to rows': (tape, x, w, b) =>
    addRows(tape, linear(tape, x, w, b), x, tape.graph.input('picked', 'index', [4])),
  'row weights': (tape, x, w, b) =>
    weigh(tape, linear(tape, x, w, b), tape.graph.input('row-weights', 'real', [4, 1])),
};

describe('gradients equal differences of the loss', () => {
  it.each(Object.entries(OPERATIONS))('%s', async (_, operation) => {
    const { worst, compared, largest } = await gradientError((tape) => {
      const x = tape.parameter('x', [4, 6]);
      const w = tape.parameter('w', [6, 6]);
      const b = tape.parameter('b', [6]);
      return {
        loss: lossOf(tape, operation(tape, x, w, b), [4, 6]),
        parameters: { x: spread([4, 6], 0), w: spread([6, 6], 2), b: spread([6], 4) },
        feeds: {
          ...lossFeeds([4, 6]),
          mask: { data: Uint8Array.from({ length: 24 }, (__, i) => Number(i % 4 !== 1)), dims: [4, 6] },
          'row-weights': spread([4, 1], 3),
          picked: rows(2, 0, 2, 3),
        },
      };
    });
    expect(compared).toBe(24 + 36 + 6);
    expect(largest).toBeGreaterThan(0.01);
    expect(worst).toBeLessThan(TOLERANCE);
  });

  it.each(['yes or no', 'a number'])('losses of one number per row: %s', async (kind) => {
    const { worst, compared, largest } = await gradientError((tape) => {
      const w = tape.parameter('w', [6, 1]);
      const b = tape.parameter('b', [1]);
      const x = linear(tape, tape.graph.input('x', 'real', [4, 6]), w, b);
      const labels = tape.graph.input('labels', 'real', [4, 1]);
      const weights = tape.graph.input('weights', 'real', [4, 1]);
      return {
        loss:
          kind === 'yes or no'
            ? logisticLoss(tape, { z: x, labels, weights })
            : squaredLoss(tape, { x, labels, weights }),
        parameters: { w: spread([6, 1], 0), b: spread([1], 2) },
        feeds: {
          x: spread([4, 6], 1),
          labels: { data: Float64Array.of(1, 0, 1, 1), dims: [4, 1] },
          weights: { data: Float64Array.of(0.5, 1, 0, 2), dims: [4, 1] },
        },
      };
    });
    expect(compared).toBe(7);
    expect(largest).toBeGreaterThan(0.01);
    expect(worst).toBeLessThan(TOLERANCE);
  });

  it('look-ups, rows taken twice included, and a table that is also the candidates', async () => {
    const { worst, compared, largest } = await gradientError((tape) => {
      const table = tape.parameter('table', [5, 4]);
      const h = tape.lookUp(table, tape.graph.input('asked', 'index', ['n']));
      const targets = tape.graph.input('targets', 'index', ['n']);
      const weights = tape.graph.input('weights', 'real', ['n', 1]);
      const offset = tape.graph.input('offset', 'real', [1, 5]);
      return {
        loss: softmaxLoss(tape, { h: scale(tape, h, 2), e: table, targets, weights, offset }),
        parameters: { table: spread([5, 4], 0) },
        feeds: {
          asked: rows(1, 3, 1, 0),
          targets: rows(2, 2, 4, 0),
          weights: spread([4, 1], 1),
          offset: spread([1, 5], 2),
        },
      };
    });
    expect(compared).toBe(20);
    expect(largest).toBeGreaterThan(0.01);
    expect(worst).toBeLessThan(TOLERANCE);
  });

  it('sampled candidates: looked up, with targets among them', async () => {
    const { worst } = await gradientError((tape) => {
      const table = tape.parameter('table', [6, 4]);
      const h = tape.lookUp(table, tape.graph.input('asked', 'index', ['n']));
      const e = tape.lookUp(table, tape.graph.input('candidates', 'index', ['c']));
      const targets = tape.graph.input('targets', 'index', ['n']);
      const weights = tape.graph.input('weights', 'real', ['n', 1]);
      return {
        loss: softmaxLoss(tape, { h, e, targets, weights }),
        parameters: { table: spread([6, 4], 0) },
        feeds: {
          asked: rows(1, 3, 1),
          candidates: rows(5, 2, 1, 0),
          targets: rows(1, 1, 3),
          weights: spread([3, 1], 1),
        },
      };
    });
    expect(worst).toBeLessThan(TOLERANCE);
  });
});
