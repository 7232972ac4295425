/**
 * The network: a small causal transformer over the items of a history (after SASRec, Kang & McAuley 2018), trained at every
 * position to choose the next item among all that are not before it.
 *
 *     x = √d · E[item] + P[place];  per block  x += attention(norm(x)),  x += w₂ relu(w₁ norm(x));  h = norm(x)
 *     p(next) = softmax(h · Eᵀ)
 *
 * Attention also sees how far back something lies: a learned number per head and distance is added to its scores. Norms come
 * first in each part, so that it trains without care; items have one table for both ends.
 */
import type { Dimension, Value } from '../../neural/graph-builder.ts';
import {
  add,
  dropOut,
  layerNorm,
  linear,
  matrixProduct,
  relu,
  reshape,
  scale,
  softmax,
  softmaxLoss,
  transpose,
} from '../../neural/operations.ts';
import type { ParameterSpec } from '../../neural/parameters.ts';
import { Tape } from '../../neural/tape.ts';
import { LOSS_OUTPUT, type TrainingGraph } from '../../neural/trainer.ts';
import type { SequentialSettings } from './sequential-options.ts';

export const SCORES_OUTPUT = 'scores';
const ITEM_DEVIATION = 0.02;

export type NetworkSettings = Pick<
  SequentialSettings,
  'dimensions' | 'blocks' | 'heads' | 'expansion' | 'maxLength' | 'dropOut'
>;

/** @param items rows of the item table */
export function sequenceParameters(settings: NetworkSettings, items: number): ParameterSpec[] {
  const table = {
    name: 'items',
    shape: [items, settings.dimensions],
    initial: { deviation: ITEM_DEVIATION },
  };
  return [table, ...networkParameters(settings)];
}

/** Of all but the item table. */
export function networkParameters(settings: NetworkSettings): ParameterSpec[] {
  const { dimensions: d, blocks, heads, expansion, maxLength } = settings;
  const normal = (name: string, shape: readonly number[], deviation: number): ParameterSpec => {
    return { name, shape, initial: { deviation } };
  };
  const norm = (name: string): ParameterSpec[] => [
    { name: `${name}.gain`, shape: [d], initial: { value: 1 } },
    { name: `${name}.bias`, shape: [d], initial: { value: 0 } },
  ];
  const layer = (name: string, from: number, to: number): ParameterSpec[] => [
    normal(`${name}.weight`, [from, to], Math.sqrt(2 / (from + to))),
    { name: `${name}.bias`, shape: [to], initial: { value: 0 } },
  ];
  return [
    normal('places', [maxLength, d], ITEM_DEVIATION),
    ...Array.from({ length: blocks }, (_, i) => `block${i}`).flatMap((block) => [
      ...norm(`${block}.attention.norm`),
      ...['query', 'key', 'value', 'out'].flatMap((name) => layer(`${block}.attention.${name}`, d, d)),
      { name: `${block}.attention.distances`, shape: [maxLength, heads], initial: { value: 0 } },
      ...norm(`${block}.wide.norm`),
      ...layer(`${block}.wide.up`, d, d * expansion),
      ...layer(`${block}.wide.down`, d * expansion, d),
    ]),
    ...norm('norm'),
  ];
}

/** The backward pass included. Inputs beside the parameters: `training-batches.ts`. */
export function sequenceTrainingGraph(
  settings: NetworkSettings,
  items: number,
  sampled: boolean,
): TrainingGraph {
  const tape = new Tape();
  const loss = sequenceLoss(tape, settings, items, sampled);
  tape.graph.output(LOSS_OUTPUT, loss);
  const gradients = tape.gradients(loss);
  return { bytes: tape.graph.encode('sequential-training'), gradients };
}

/** @param sampled whether `targets` and `excluded` are places among `candidates`, not rows of the item table */
export function sequenceLoss(
  tape: Tape,
  settings: NetworkSettings,
  itemCount: number,
  sampled: boolean,
): Value {
  const parameter = declare(tape, settings, itemCount);
  const items = tape.lookUp(parameter('items'), tape.graph.input('items-at', 'index', ['positions']));
  const h = finalNorm(tape, parameter, trainingNetwork(tape, settings, parameter, items));
  const targets = tape.graph.input('targets', 'index', ['positions']);
  const weights = tape.graph.input('weights', 'real', ['positions', 1]);
  const excluded = tape.graph.input('excluded', 'index', ['excluded pairs', 2]);
  if (!sampled) return softmaxLoss(tape, { h, e: parameter('items'), targets, weights, excluded });
  const e = tape.lookUp(parameter('items'), tape.graph.input('candidates', 'index', ['candidates']));
  const offset = tape.graph.input('offset', 'real', [1, 'candidates']);
  return softmaxLoss(tape, { h, e, targets, weights, offset, excluded });
}

/** Scores of all items after the positions `last` [batch]: `SCORES_OUTPUT` [batch, items]. */
export function sequenceScoringGraph(settings: NetworkSettings, items: number): Uint8Array {
  const tape = new Tape();
  const { graph } = tape;
  const parameter = declare(tape, settings, items);
  const looked = tape.lookUp(parameter('items'), graph.input('items-at', 'index', ['positions']));
  const hidden = network(tape, settings, parameter, looked, batchInputs(tape));
  const last = graph.input('last', 'index', ['histories']);
  const ends = graph.node('Gather', [hidden, last], ['histories', settings.dimensions], { axis: 0 });
  const h = finalNorm(tape, parameter, ends);
  const scores = graph.node('Gemm', [h, parameter('items')], ['histories', items], { transB: 1 });
  graph.output(SCORES_OUTPUT, scores);
  return graph.encode('sequential-scoring');
}

export type Parameter = (name: string) => Value;

function declare(tape: Tape, settings: NetworkSettings, items: number): Parameter {
  const values = new Map(
    sequenceParameters(settings, items).map(({ name, shape }) => [name, tape.parameter(name, shape)]),
  );
  return (name) => values.get(name)!;
}

/** What a network is told of a batch of sequences beside their items. */
export interface NetworkInputs {
  /** Place in its sequence by position, [positions]. */
  readonly places: Value;
  /** [length, length]: added to what a position (the first axis) sees of another. */
  readonly causal: Value;
  /** How far apart they are, [length × length]. */
  readonly distances: Value;
  readonly batch: Dimension;
  readonly length: Dimension;
}

/** Those that `sequence-batch.ts` feeds. */
export function batchInputs({ graph }: Tape): NetworkInputs {
  return {
    // Length is known from the one input whose two axes have it.
    causal: graph.input('causal', 'real', ['length', 'length']),
    distances: graph.input('distances', 'index', ['pairs']),
    places: graph.input('places-at', 'index', ['positions']),
    ...{ batch: 'batch', length: 'length' },
  };
}

/** With drop-out, whose masks are inputs. @param items [positions, d] */
export function trainingNetwork(
  tape: Tape,
  settings: NetworkSettings,
  parameter: Parameter,
  items: Value,
): Value {
  const { dimensions: d, dropOut: rate } = settings;
  let masks = 0;
  return network(tape, settings, parameter, items, batchInputs(tape), (x) => {
    if (rate === 0) return x;
    return dropOut(tape, x, tape.graph.input(`mask${masks++}`, 'mask', ['positions', d]), 1 - rate);
  });
}

/** → [positions, d], before the last norm. @param items [positions, d] */
export function network(
  tape: Tape,
  settings: NetworkSettings,
  parameter: Parameter,
  items: Value,
  inputs: NetworkInputs,
  drop: (x: Value) => Value = (x) => x,
): Value {
  const place = tape.lookUp(parameter('places'), inputs.places);
  let x = drop(add(tape, scale(tape, items, Math.sqrt(settings.dimensions)), place));
  for (let block = 0; block < settings.blocks; block++) {
    const own: Parameter = (name) => parameter(`block${block}.${name}`);
    const attended = attention(tape, settings, own, normed(tape, x, own, 'attention'), inputs);
    x = add(tape, x, drop(attended));
    const wide = layer(tape, normed(tape, x, own, 'wide'), own, 'wide.up');
    x = add(tape, x, drop(layer(tape, relu(tape, wide), own, 'wide.down')));
  }
  return x;
}

/** What is multiplied with items' vectors. */
export function finalNorm(tape: Tape, parameter: Parameter, x: Value): Value {
  return layerNorm(tape, x, parameter('norm.gain'), parameter('norm.bias'));
}

function attention(
  tape: Tape,
  { dimensions: d, heads }: NetworkSettings,
  own: Parameter,
  x: Value,
  { causal, distances, batch, length }: NetworkInputs,
): Value {
  const byHead = (name: string): Value => {
    const all = layer(tape, x, own, `attention.${name}`);
    const split = reshape(tape, all, [batch, length, heads, d / heads]);
    return transpose(tape, split, [0, 2, 1, 3]);
  };
  const query = scale(tape, byHead('query'), 1 / Math.sqrt(d / heads));
  const content = matrixProduct(tape, query, byHead('key'), true);
  const looked = tape.lookUp(own('attention.distances'), distances);
  const distance = transpose(tape, reshape(tape, looked, [length, length, heads]), [2, 0, 1]);
  const offset = reshape(tape, add(tape, distance, causal), [1, heads, length, length]);
  const weights = softmax(tape, add(tape, content, offset));
  const mixed = transpose(tape, matrixProduct(tape, weights, byHead('value'), false), [0, 2, 1, 3]);
  return layer(tape, reshape(tape, mixed, [x.shape[0]!, d]), own, 'attention.out');
}

function normed(tape: Tape, x: Value, own: Parameter, name: string): Value {
  return layerNorm(tape, x, own(`${name}.norm.gain`), own(`${name}.norm.bias`));
}

function layer(tape: Tape, x: Value, own: Parameter, name: string): Value {
  return linear(tape, x, own(`${name}.weight`), own(`${name}.bias`));
}

/** Inputs `mask0` … that training wants. */
export function maskCount({ blocks, dropOut: rate }: NetworkSettings): number {
  return rate === 0 ? 0 : 1 + 2 * blocks;
}
