/** The operations networks are made of, each with its gradient. Shapes in brackets; `graph` nodes run in onnxruntime. */
import type { Shape, Value } from './graph-builder.ts';
import { reduceTo, type Tape } from './tape.ts';

/** Guards the logarithm of a probability that has underflowed. */
const LEAST_PROBABILITY = 1e-30;
const NORM_EPSILON = 1e-5;
/** Its exponential is nothing beside others', and not so little that it is denormal: such numbers take several times as long. */
const EXCLUDED_LOGIT = -50;

/** x [n, i] · w [i, o] + b [o] → [n, o]. */
export function linear(tape: Tape, x: Value, w: Value, b: Value): Value {
  const { graph } = tape;
  const y = graph.node('Gemm', [x, w, b], [x.shape[0]!, w.shape[1]!]);
  return tape.record(y, [x, w, b], (dy) => [
    () => graph.node('Gemm', [dy, w], x.shape, { transB: 1 }),
    () => graph.node('Gemm', [x, dy], w.shape, { transA: 1 }),
    () => reduceTo(graph, dy, b.shape),
  ]);
}

/** a [.., m, k] · b [.., k, n], batch by batch; with `transpose`, b is [.., n, k]. */
export function matrixProduct(tape: Tape, a: Value, b: Value, transpose: boolean): Value {
  const { graph } = tape;
  const turned = (value: Value): Value => {
    const last = value.shape.length - 1;
    const order = value.shape.map((_, axis) => (axis === last ? last - 1 : axis === last - 1 ? last : axis));
    return graph.node(
      'Transpose',
      [value],
      order.map((axis) => value.shape[axis]!),
      { perm: { integers: order } },
    );
  };
  const shape = [...a.shape.slice(0, -1), b.shape.at(transpose ? -2 : -1)!];
  const y = graph.node('MatMul', [a, transpose ? turned(b) : b], shape);
  return tape.record(y, [a, b], (dy) => [
    () => graph.node('MatMul', [dy, transpose ? b : turned(b)], a.shape),
    () =>
      transpose
        ? graph.node('MatMul', [turned(dy), a], b.shape)
        : graph.node('MatMul', [turned(a), dy], b.shape),
  ]);
}

/** a + b; b may be broadcast. */
export function add(tape: Tape, a: Value, b: Value): Value {
  const { graph } = tape;
  const y = graph.node('Add', [a, b], a.shape);
  return tape.record(y, [a, b], (dy) => [() => dy, () => reduceTo(graph, dy, b.shape)]);
}

/** x times a number. */
export function scale(tape: Tape, x: Value, factor: number): Value {
  const { graph } = tape;
  const y = graph.node('Mul', [x, graph.number(factor)], x.shape);
  return tape.record(y, [x], (dy) => [() => graph.node('Mul', [dy, graph.number(factor)], x.shape)]);
}

/** x where the mask is 1, over `kept`; 0 where it is 0. The mask is an input of bytes of x's shape. */
export function dropOut(tape: Tape, x: Value, mask: Value, kept: number): Value {
  const { graph } = tape;
  const to = graph.precision === 'float' ? 1 : 11;
  const factors = graph.node(
    'Mul',
    [graph.node('Cast', [mask], x.shape, { to }), graph.number(1 / kept)],
    x.shape,
  );
  const y = graph.node('Mul', [x, factors], x.shape);
  return tape.record(y, [x], (dy) => [() => graph.node('Mul', [dy, factors], x.shape)]);
}

/** x weighted by w, which gets no gradient and may be broadcast: [n, 1] weighs rows. */
export function weigh(tape: Tape, x: Value, w: Value): Value {
  const { graph } = tape;
  const y = graph.node('Mul', [x, w], x.shape);
  return tape.record(y, [x], (dy) => [() => graph.node('Mul', [dy, w], x.shape)]);
}

/** a ∘ b, number by number; b may be broadcast. */
export function multiply(tape: Tape, a: Value, b: Value): Value {
  const { graph } = tape;
  const y = graph.node('Mul', [a, b], a.shape);
  return tape.record(y, [a, b], (dy) => [
    () => graph.node('Mul', [dy, b], a.shape),
    () => reduceTo(graph, graph.node('Mul', [dy, a], a.shape), b.shape),
  ]);
}

/** Rows of x [n, d] by number; a row may be taken more than once. @param rows a graph input */
export function pick(tape: Tape, x: Value, rows: Value): Value {
  const { graph } = tape;
  const shape = [rows.shape[0]!, ...x.shape.slice(1)];
  const y = graph.node('Gather', [x, rows], shape, { axis: 0 });
  return tape.record(y, [x], (dy) => [
    () => {
      const column = graph.node('Unsqueeze', [rows, graph.integers(1)], [rows.shape[0]!, 1]);
      const zeros = graph.node('Mul', [x, graph.number(0)], x.shape);
      return graph.node('ScatterND', [zeros, column, dy], x.shape, { reduction: 'add' });
    },
  ]);
}

/** base [n, d], to whose rows those of x [m, d] are added. @param rows a graph input [m] of row numbers of the base */
export function addRows(tape: Tape, base: Value, x: Value, rows: Value): Value {
  const { graph } = tape;
  const column = graph.node('Unsqueeze', [rows, graph.integers(1)], [rows.shape[0]!, 1]);
  const y = graph.node('ScatterND', [base, column, x], base.shape, { reduction: 'add' });
  return tape.record(y, [base, x], (dy) => [
    () => dy,
    () => graph.node('Gather', [dy, rows], x.shape, { axis: 0 }),
  ]);
}

/** max(x, 0). */
export function relu(tape: Tape, x: Value): Value {
  const { graph } = tape;
  const y = graph.node('Relu', [x], x.shape);
  return tape.record(y, [x], (dy) => {
    // Of max(x, 0) ≥ 0 the sign is the derivative.
    return [() => graph.node('Mul', [dy, graph.node('Sign', [y], x.shape)], x.shape)];
  });
}

/** log(1 + eˣ): above 0, and like x where that is large. */
export function softplus(tape: Tape, x: Value): Value {
  const { graph } = tape;
  return tape.record(softplusOf(tape, x), [x], (dy) => [
    () => graph.node('Mul', [dy, graph.node('Sigmoid', [x], x.shape)], x.shape),
  ]);
}

export function reshape(tape: Tape, x: Value, shape: Shape): Value {
  const { graph } = tape;
  const y = graph.node('Reshape', [x, graph.shapeTensor(shape)], shape);
  return tape.record(y, [x], (dy) => [
    () => graph.node('Reshape', [dy, graph.shapeTensor(x.shape)], x.shape),
  ]);
}

export function transpose(tape: Tape, x: Value, order: readonly number[]): Value {
  const { graph } = tape;
  const back = order.map((_, axis) => order.indexOf(axis));
  const y = graph.node(
    'Transpose',
    [x],
    order.map((axis) => x.shape[axis]!),
    { perm: { integers: order } },
  );
  return tape.record(y, [x], (dy) => [
    () => graph.node('Transpose', [dy], x.shape, { perm: { integers: back } }),
  ]);
}

/** Over the last axis. */
export function softmax(tape: Tape, x: Value): Value {
  const { graph } = tape;
  const y = graph.node('Softmax', [x], x.shape, { axis: -1 });
  return tape.record(y, [x], (dy) => {
    const weighted = graph.node('Mul', [dy, y], x.shape);
    const mean = sumLast(tape, weighted);
    return [() => graph.node('Sub', [weighted, graph.node('Mul', [y, mean], x.shape)], x.shape)];
  });
}

/** Rows of x [n, d] with mean 0 and variance 1, times gain [d], plus bias [d]. */
export function layerNorm(tape: Tape, x: Value, gain: Value, bias: Value): Value {
  const { graph } = tape;
  const column = [...x.shape.slice(0, -1), 1];
  const share = graph.number(1 / (x.shape.at(-1) as number));
  const meanOf = (value: Value): Value => graph.node('Mul', [sumLast(tape, value), share], column);
  // Not the operator of that name: it gives mean and deviation as floats, also of doubles.
  const centred = graph.node('Sub', [x, meanOf(x)], x.shape);
  const variance = meanOf(graph.node('Mul', [centred, centred], x.shape));
  const deviation = graph.node(
    'Sqrt',
    [graph.node('Add', [variance, graph.number(NORM_EPSILON)], column)],
    column,
  );
  const normal = graph.node('Div', [centred, deviation], x.shape);
  const y = graph.node('Add', [graph.node('Mul', [normal, gain], x.shape), bias], x.shape);
  return tape.record(y, [x, gain, bias], (dy) => [
    () => {
      // dx = (s − mean(s) − n · mean(s ∘ n)) / deviation, with s = dy ∘ gain and n the normalised row.
      const scaled = graph.node('Mul', [dy, gain], x.shape);
      const along = meanOf(graph.node('Mul', [scaled, normal], x.shape));
      const level = graph.node('Sub', [scaled, meanOf(scaled)], x.shape);
      const rest = graph.node('Sub', [level, graph.node('Mul', [normal, along], x.shape)], x.shape);
      return graph.node('Div', [rest, deviation], x.shape);
    },
    () => reduceTo(graph, graph.node('Mul', [dy, normal], x.shape), gain.shape),
    () => reduceTo(graph, dy, bias.shape),
  ]);
}

/**
 * Cross-entropy of choosing each row's target among all candidates, without ever holding more than the probabilities:
 *
 *     p = softmax(h · eᵀ + offset),   dh = w ∘ (p · e − e[target]),   de = pᵀ · (w ∘ h) − Σ w h at the target
 *
 * @param h [n, d] @param e [c, d] candidates @param targets input [n] of candidate numbers @param weights input [n, 1]
 * @param offset input [1, c], added to the logits: −log q of sampled candidates
 * @param excluded input [pairs, 2] of rows and candidates that those must not choose
 * The loss is a scalar: Σ weight · −log p(target).
 */
export function softmaxLoss(
  tape: Tape,
  {
    h,
    e,
    targets,
    weights,
    offset,
    excluded,
  }: { h: Value; e: Value; targets: Value; weights: Value; offset?: Value; excluded?: Value },
): Value {
  const { graph } = tape;
  const [n, c] = [h.shape[0]!, e.shape[0]!];
  const all = graph.node('Gemm', offset === undefined ? [h, e] : [h, e, offset], [n, c], { transB: 1 });
  const logits = excluded === undefined ? all : without(tape, all, excluded);
  const p = graph.node('Softmax', [logits], [n, c], { axis: -1 });
  const column = graph.node('Unsqueeze', [targets, graph.integers(1)], [n, 1]);
  const chosen = graph.node('GatherElements', [p, column], [n, 1], { axis: 1 });
  const log = graph.node(
    'Log',
    [graph.node('Max', [chosen, graph.number(LEAST_PROBABILITY)], [n, 1])],
    [n, 1],
  );
  const sum = graph.node('ReduceSum', [graph.node('Mul', [log, weights], [n, 1])], [], { keepdims: 0 });
  const loss = graph.node('Neg', [sum], []);
  return tape.record(loss, [h, e], (dy) => {
    const w = graph.node('Mul', [weights, dy], [n, 1]);
    const weighted = graph.node('Mul', [h, w], h.shape);
    return [
      () => {
        const pull = graph.node('Gather', [e, targets], h.shape, { axis: 0 });
        const apart = graph.node('Sub', [graph.node('MatMul', [p, e], h.shape), pull], h.shape);
        return graph.node('Mul', [apart, w], h.shape);
      },
      () => {
        const push = graph.node('Gemm', [p, weighted], e.shape, { transA: 1 });
        const back = graph.node('Neg', [weighted], h.shape);
        return graph.node('ScatterND', [push, column, back], e.shape, { reduction: 'add' });
      },
    ];
  });
}

/** Logits [n, c], lowered where nothing may be chosen: probability and gradient are as good as 0 there. */
function without({ graph }: Tape, logits: Value, excluded: Value): Value {
  const pairs = excluded.shape[0]!;
  const lowest = graph.node('Expand', [graph.number(EXCLUDED_LOGIT), graph.shapeTensor([pairs])], [pairs]);
  return graph.node('ScatterND', [logits, excluded, lowest], logits.shape);
}

/**
 * Cross-entropy of yes or no from log-odds: Σ w (log(1 + eᶻ) − y z), a scalar. Its gradient is w (σ(z) − y).
 * @param z [n, 1] @param labels, weights inputs [n, 1]; a row that weighs 0 does not count
 */
export function logisticLoss(
  tape: Tape,
  { z, labels, weights }: { readonly z: Value; readonly labels: Value; readonly weights: Value },
): Value {
  const { graph } = tape;
  const own = graph.node('Sub', [softplusOf(tape, z), graph.node('Mul', [z, labels], z.shape)], z.shape);
  const loss = graph.node('ReduceSum', [graph.node('Mul', [own, weights], z.shape)], [], { keepdims: 0 });
  return tape.record(loss, [z], (dy) => [
    () => {
      const error = graph.node('Sub', [graph.node('Sigmoid', [z], z.shape), labels], z.shape);
      return graph.node('Mul', [graph.node('Mul', [error, weights], z.shape), dy], z.shape);
    },
  ]);
}

/** Σ w (x − y)², a scalar. @param x [n, 1] @param labels, weights inputs [n, 1] */
export function squaredLoss(
  tape: Tape,
  { x, labels, weights }: { readonly x: Value; readonly labels: Value; readonly weights: Value },
): Value {
  const { graph } = tape;
  const error = graph.node('Sub', [x, labels], x.shape);
  const weighted = graph.node('Mul', [error, weights], x.shape);
  const loss = graph.node('ReduceSum', [graph.node('Mul', [weighted, error], x.shape)], [], { keepdims: 0 });
  return tape.record(loss, [x], (dy) => [
    () => graph.node('Mul', [graph.node('Mul', [weighted, graph.number(2)], x.shape), dy], x.shape),
  ]);
}

/** max(x, 0) + log(1 + e^−|x|): no exponential overflows. The operator of that name takes no doubles. */
function softplusOf({ graph }: Tape, x: Value): Value {
  const size = graph.node('Neg', [graph.node('Abs', [x], x.shape)], x.shape);
  const more = graph.node('Add', [graph.node('Exp', [size], x.shape), graph.number(1)], x.shape);
  const positive = graph.node('Relu', [x], x.shape);
  return graph.node('Add', [positive, graph.node('Log', [more], x.shape)], x.shape);
}

function sumLast({ graph }: Tape, x: Value): Value {
  return graph.node('ReduceSum', [x, graph.integers(-1)], [...x.shape.slice(0, -1), 1], { keepdims: 1 });
}
