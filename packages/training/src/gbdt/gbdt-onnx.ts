/**
 * Trees as an ONNX TreeEnsembleRegressor (ai.onnx.ml 3). Numeric nodes are BRANCH_LEQ on the very float32 thresholds of training; a
 * categorical node is a chain of BRANCH_EQ, one per listed category, whose matches all lead to the same child (as LightGBM's converter
 * writes it, and onnxruntime reads it). Missing values match none of a chain and go right, as in training.
 *
 * onnxruntime adds float32 trees up in float32, so scores agree within 1e-5 of their size.
 */
import { MarqueeError } from '@marquee/service-kit';
import type { Calibration } from '../calibration/calibration.ts';
import { calibrationNodes } from '../calibration/calibration-onnx.ts';
import { encodeOnnxModel, MODEL_INPUT, MODEL_OUTPUT } from '../onnx-export.ts';
import { type GbdtModel, isCategorical, treeCount } from './gbdt-model.ts';

const FLOAT = 1;
const INT64 = 7;
const ML = 'ai.onnx.ml';

/** What ranking and regression models call their output. */
export const SCORE_OUTPUT = 'score';

export interface GbdtExportOptions {
  /** Fitted to the model's log-odds (Platt) or probabilities (isotonic). */
  readonly calibration?: Calibration;
}

/**
 * `features` [rows, columns] float32, NaN where missing → `probability` [rows] of a logistic model, calibrated where that is given;
 * `score` [rows] of the others.
 * @throws MarqueeError BAD_USER_INPUT for a calibration of scores that are no log-odds
 */
export function exportGbdt(model: GbdtModel, { calibration }: GbdtExportOptions = {}): Uint8Array {
  const logistic = model.objective === 'logistic';
  if (calibration !== undefined && !logistic) {
    throw new MarqueeError(
      'BAD_USER_INPUT',
      'only probabilities can be calibrated: the model is not logistic',
    );
  }
  const calibrated =
    calibration === undefined ? undefined : calibrationNodes(calibration, { logit: 'z', probability: 'p' });
  const output = logistic ? MODEL_OUTPUT : SCORE_OUTPUT;
  const last = calibrated ? calibrated.output : logistic ? 'p' : 'z';
  return encodeOnnxModel({
    irVersion: 8,
    producerName: 'marquee',
    opsetImport: [
      { domain: '', version: 17 },
      { domain: ML, version: 3 },
    ],
    graph: {
      name: 'gradient-boosted-trees',
      node: [
        {
          opType: 'TreeEnsembleRegressor',
          domain: ML,
          name: 'trees',
          input: [MODEL_INPUT],
          output: ['z'],
          attribute: treeAttributes(model),
        },
        ...(logistic ? [{ opType: 'Sigmoid', name: 'probability', input: ['z'], output: ['p'] }] : []),
        ...(calibrated?.node ?? []),
        { opType: 'Squeeze', name: 'flatten', input: [last, 'axes'], output: [output] },
      ],
      initializer: [
        {
          name: 'axes',
          dims: [1],
          dataType: INT64,
          rawData: new Uint8Array(BigInt64Array.of(1n).buffer),
        },
        ...(calibrated?.initializer ?? []),
      ],
      input: [tensor(MODEL_INPUT, [{ dimParam: 'rows' }, { dimValue: model.columns }])],
      output: [tensor(output, [{ dimParam: 'rows' }])],
    },
  });
}

function tensor(name: string, dim: readonly Record<string, unknown>[]) {
  return { name, type: { tensorType: { elemType: FLOAT, shape: { dim } } } };
}

interface OnnxNode {
  readonly tree: number;
  readonly id: number;
  readonly column: number;
  readonly mode: 'BRANCH_LEQ' | 'BRANCH_EQ' | 'LEAF';
  readonly value: number;
  readonly yes: number;
  readonly no: number;
  readonly missingYes: number;
}

export function treeAttributes(model: GbdtModel) {
  const nodes: OnnxNode[] = [];
  const leaves: { tree: number; id: number; value: number }[] = [];
  // The operator needs a tree; one of a single leaf says nothing more.
  if (treeCount(model) === 0) {
    nodes.push(leaf(0, 0));
    leaves.push({ tree: 0, id: 0, value: 0 });
  }
  for (let tree = 0; tree < treeCount(model); tree++) addTree(model, tree, nodes, leaves);
  const ints = (name: string, of: (node: OnnxNode) => number) => ({
    ...{ name, type: 7, ints: nodes.map(of) },
  });
  return [
    { name: 'n_targets', type: 2, i: 1 },
    { name: 'aggregate_function', type: 3, s: bytes('SUM') },
    { name: 'post_transform', type: 3, s: bytes('NONE') },
    { name: 'base_values', type: 6, floats: [model.baseScore] },
    ints('nodes_treeids', ({ tree }) => tree),
    ints('nodes_nodeids', ({ id }) => id),
    ints('nodes_featureids', ({ column }) => column),
    { name: 'nodes_modes', type: 8, strings: nodes.map(({ mode }) => bytes(mode)) },
    { name: 'nodes_values', type: 6, floats: nodes.map(({ value }) => value) },
    ints('nodes_truenodeids', ({ yes }) => yes),
    ints('nodes_falsenodeids', ({ no }) => no),
    ints('nodes_missing_value_tracks_true', ({ missingYes }) => missingYes),
    { name: 'target_treeids', type: 7, ints: leaves.map(({ tree }) => tree) },
    { name: 'target_nodeids', type: 7, ints: leaves.map(({ id }) => id) },
    { name: 'target_ids', type: 7, ints: leaves.map(() => 0) },
    { name: 'target_weights', type: 6, floats: leaves.map(({ value }) => value) },
  ];
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function leaf(tree: number, id: number): OnnxNode {
  return { tree, id, column: 0, mode: 'LEAF', value: 0, yes: 0, no: 0, missingYes: 0 };
}

function addTree(
  model: GbdtModel,
  tree: number,
  nodes: OnnxNode[],
  leaves: { tree: number; id: number; value: number }[],
): void {
  const first = model.treeStart[tree]!;
  const end = model.treeStart[tree + 1]!;
  // Nodes keep their numbers; what a chain needs more comes after them.
  const more: OnnxNode[] = [];
  for (let node = first; node < end; node++) {
    const id = node - first;
    const column = model.column[node]!;
    if (column < 0) {
      nodes.push(leaf(tree, id));
      leaves.push({ tree, id, value: model.value[node]! });
      continue;
    }
    const yes = model.left[node]! - first;
    const no = model.right[node]! - first;
    const missingYes = model.missingLeft[node]!;
    if (!isCategorical(model, node)) {
      nodes.push({
        tree,
        id,
        column,
        mode: 'BRANCH_LEQ',
        value: model.threshold[node]!,
        yes,
        no,
        missingYes,
      });
      continue;
    }
    const listed = model.categories.subarray(model.categoryStart[node], model.categoryStart[node + 1]);
    const extra = end - first + more.length;
    const idOf = (place: number): number => (place === 0 ? id : extra + place - 1);
    for (const [place, value] of listed.entries()) {
      const next = place + 1 < listed.length ? idOf(place + 1) : no;
      (place === 0 ? nodes : more).push({
        ...{ tree, id: idOf(place), column, mode: 'BRANCH_EQ', value, yes, no: next, missingYes: 0 },
      });
    }
  }
  nodes.push(...more);
}
