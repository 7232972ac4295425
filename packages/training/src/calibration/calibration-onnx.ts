/**
 * A calibration as ONNX nodes behind a model's. Platt's is a product and a sum before the sigmoid. An isotonic one is a tree that finds the line a
 * probability lies on (its beginning, its value there, its slope), and that line.
 */
import type { Calibration } from './calibration.ts';
import type { IsotonicCalibration } from './isotonic.ts';

const FLOAT = 1;
const INT64 = 7;
const ML = 'ai.onnx.ml';
const OUTPUT = 'calibrated';

export interface CalibrationNodes {
  readonly node: readonly Record<string, unknown>[];
  readonly initializer: readonly Record<string, unknown>[];
  /** Its name, [rows, 1]. */
  readonly output: string;
}

/** @param input names of [rows, 1] tensors. Needs opset 17 and ai.onnx.ml 3. */
export function calibrationNodes(
  calibration: Calibration,
  input: { readonly logit: string; readonly probability: string },
): CalibrationNodes {
  if (calibration.kind === 'platt') {
    return {
      node: [
        { opType: 'Mul', name: 'platt_slope', input: [input.logit, 'slope'], output: ['sloped'] },
        { opType: 'Add', name: 'platt_intercept', input: ['sloped', 'intercept'], output: ['shifted'] },
        { opType: 'Sigmoid', name: 'platt', input: ['shifted'], output: [OUTPUT] },
      ],
      initializer: [floats('slope', [calibration.slope]), floats('intercept', [calibration.intercept])],
      output: OUTPUT,
    };
  }
  const line = ['line_from', 'line_to', 'line_slope'];
  return {
    node: [
      {
        opType: 'TreeEnsembleRegressor',
        domain: ML,
        name: 'isotonic_line',
        input: [input.probability],
        output: ['line'],
        attribute: lineTree(calibration),
      },
      {
        ...{ opType: 'Split', name: 'isotonic_split', input: ['line', 'ones'], output: line },
        attribute: [{ name: 'axis', type: 2, i: 1 }],
      },
      {
        opType: 'Sub',
        name: 'isotonic_distance',
        input: [input.probability, 'line_from'],
        output: ['distance'],
      },
      { opType: 'Mul', name: 'isotonic_rise', input: ['distance', 'line_slope'], output: ['rise'] },
      { opType: 'Add', name: 'isotonic', input: ['line_to', 'rise'], output: [OUTPUT] },
    ],
    initializer: [
      {
        name: 'ones',
        dims: [3],
        dataType: INT64,
        rawData: new Uint8Array(BigInt64Array.of(1n, 1n, 1n).buffer),
      },
    ],
    output: OUTPUT,
  };
}

function floats(name: string, values: readonly number[]) {
  return {
    name,
    dims: [values.length],
    dataType: FLOAT,
    rawData: new Uint8Array(Float32Array.from(values).buffer),
  };
}

/** A balanced tree over the knots: leaf i is the line that ends at knot i; the outermost ones are level. */
function lineTree({ from, to }: IsotonicCalibration) {
  const modes: string[] = [];
  const values: number[] = [];
  const yes: number[] = [];
  const no: number[] = [];
  const targets: { node: number; id: number; weight: number }[] = [];
  const add = (first: number, end: number): number => {
    const node = modes.length;
    if (first === end) {
      modes.push('LEAF');
      values.push(0);
      yes.push(0);
      no.push(0);
      const knot = Math.max(0, first - 1);
      const inner = first > 0 && first < from.length;
      const slope = inner ? (to[first]! - to[knot]!) / (from[first]! - from[knot]!) : 0;
      for (const [id, weight] of [from[knot]!, to[knot]!, slope].entries())
        targets.push({ node, id, weight });
      return node;
    }
    const middle = (first + end) >> 1;
    modes.push('BRANCH_LEQ');
    values.push(from[middle]!);
    yes.push(0);
    no.push(0);
    yes[node] = add(first, middle);
    no[node] = add(middle + 1, end);
    return node;
  };
  add(0, from.length);
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  const zeros = modes.map(() => 0);
  return [
    { name: 'n_targets', type: 2, i: 3 },
    { name: 'aggregate_function', type: 3, s: bytes('SUM') },
    { name: 'post_transform', type: 3, s: bytes('NONE') },
    { name: 'nodes_treeids', type: 7, ints: zeros },
    { name: 'nodes_nodeids', type: 7, ints: modes.map((_, node) => node) },
    { name: 'nodes_featureids', type: 7, ints: zeros },
    { name: 'nodes_modes', type: 8, strings: modes.map(bytes) },
    { name: 'nodes_values', type: 6, floats: values },
    { name: 'nodes_truenodeids', type: 7, ints: yes },
    { name: 'nodes_falsenodeids', type: 7, ints: no },
    { name: 'nodes_missing_value_tracks_true', type: 7, ints: zeros },
    { name: 'target_treeids', type: 7, ints: targets.map(() => 0) },
    { name: 'target_nodeids', type: 7, ints: targets.map(({ node }) => node) },
    { name: 'target_ids', type: 7, ints: targets.map(({ id }) => id) },
    { name: 'target_weights', type: 6, floats: targets.map(({ weight }) => weight) },
  ];
}
