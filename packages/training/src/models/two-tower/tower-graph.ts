/**
 * Two networks that meet in a dot product (after Covington et al. 2016, Yi et al. 2019):
 *
 *     z = mean of content features + id      of every title; the id is left out at random, and for titles without one
 *     v = z + w₂ relu(w₁ z)                   title tower
 *     u = r + w₄ relu(w₃ [r, t, c])           user tower; r, t are means of z over the history, the newest counting most
 *                                            (r) or many counting (t), and c is the context
 *     p(next) = softmax(u · v − log q)       over the batch's targets and random titles
 *
 * With `blocks` there is another user tower in place of that one: the sequential model's network (`sequence-graph.ts`) over the z of a
 * history in its order. It is trained at every position, among titles that are not before it, like that model.
 */
import type { Value } from '../../neural/graph-builder.ts';
import {
  add,
  addRows,
  linear,
  matrixProduct,
  pick,
  relu,
  reshape,
  softmaxLoss,
  weigh,
} from '../../neural/operations.ts';
import type { ParameterSpec } from '../../neural/parameters.ts';
import { Tape } from '../../neural/tape.ts';
import { LOSS_OUTPUT, type TrainingGraph } from '../../neural/trainer.ts';
import { finalNorm, networkParameters, trainingNetwork } from '../sequential/sequence-graph.ts';
import { sequenceSettings, type TwoTowerSettings } from './two-tower-options.ts';
import { CONTEXT_COLUMNS } from './user-history.ts';

/** Of the numbers that vectors begin with. */
const DEVIATION = 0.05;

export type TowerSettings = Pick<
  TwoTowerSettings,
  'dimensions' | 'hidden' | 'historyLength' | 'buckets' | 'blocks' | 'dropOut'
>;

export function towerParameters(settings: TowerSettings, titles: number): ParameterSpec[] {
  const { dimensions: d, hidden, buckets } = settings;
  const layer = (name: string, from: number, to: number): ParameterSpec[] => [
    { name: `${name}.weight`, shape: [from, to], initial: { deviation: Math.sqrt(2 / (from + to)) } },
    { name: `${name}.bias`, shape: [to], initial: { value: 0 } },
  ];
  return [
    { name: 'ids', shape: [titles, d], initial: { deviation: DEVIATION } },
    { name: 'features', shape: [buckets, d], initial: { deviation: DEVIATION } },
    ...layer('title.up', d, hidden),
    ...layer('title.down', hidden, d),
    ...(settings.blocks > 0
      ? networkParameters(sequenceSettings(settings))
      : [
          ...layer('user.recent', d, hidden),
          ...layer('user.taste', d, hidden),
          ...layer('user.context', CONTEXT_COLUMNS.length, hidden),
          ...layer('user.down', hidden, d),
        ]),
  ];
}

/** The backward pass included. Inputs beside the parameters: `tower-batches.ts`, or with `blocks` `sequence-tower-batches.ts`. */
export function towerTrainingGraph(settings: TowerSettings, titles: number): TrainingGraph {
  const tape = new Tape();
  const loss = towerLoss(tape, settings, titles);
  tape.graph.output(LOSS_OUTPUT, loss);
  const gradients = tape.gradients(loss);
  return { bytes: tape.graph.encode('two-tower-training'), gradients };
}

export function towerLoss(tape: Tape, settings: TowerSettings, titles: number): Value {
  const { graph } = tape;
  const parameters = new Map(
    towerParameters(settings, titles).map(({ name, shape }) => [name, tape.parameter(name, shape)]),
  );
  const parameter = (name: string): Value => parameters.get(name)!;
  const id = weigh(
    tape,
    tape.lookUp(parameter('ids'), graph.input('id-rows', 'index', ['titles'])),
    graph.input('id-weights', 'real', ['titles', 1]),
  );
  const feature = weigh(
    tape,
    tape.lookUp(parameter('features'), graph.input('feature-rows', 'index', ['slots'])),
    graph.input('feature-weights', 'real', ['slots', 1]),
  );
  const z = addRows(tape, id, feature, graph.input('feature-titles', 'index', ['slots']));
  const candidates = pick(tape, z, graph.input('candidates', 'index', ['candidates']));
  const had = pick(tape, z, graph.input('history', 'index', ['positions']));
  const h =
    settings.blocks > 0 ? inOrder(tape, settings, parameter, had) : byMeans(tape, settings, parameter, had);
  const examples = h.shape[0]!;
  return softmaxLoss(tape, {
    h,
    e: titleTower(tape, parameter, candidates),
    targets: graph.input('targets', 'index', [examples]),
    weights: graph.input('weights', 'real', [examples, 1]),
    offset: graph.input('offset', 'real', [1, 'candidates']),
    ...(settings.blocks > 0 && { excluded: graph.input('excluded', 'index', ['excluded pairs', 2]) }),
  });
}

type Parameter = (name: string) => Value;

/** z of the titles of histories, each filled up to `length` → [histories · length, d], at every place what is known there. */
function inOrder(tape: Tape, settings: TowerSettings, parameter: Parameter, had: Value): Value {
  return finalNorm(tape, parameter, trainingNetwork(tape, sequenceSettings(settings), parameter, had));
}

/** The same of histories that are filled up to `historyLength` → [histories, d]. */
function byMeans(tape: Tape, settings: TowerSettings, parameter: Parameter, z: Value): Value {
  const { graph } = tape;
  const { historyLength } = settings;
  const had = reshape(tape, z, ['users', historyLength, settings.dimensions]);
  const mean = (name: string): Value => {
    const weights = graph.input(`${name}-weights`, 'real', ['users', 1, historyLength]);
    return reshape(tape, matrixProduct(tape, weights, had, false), ['users', settings.dimensions]);
  };
  const context = graph.input('context', 'real', ['users', CONTEXT_COLUMNS.length]);
  return userTower(tape, parameter, mean('recent'), mean('taste'), context);
}

/** z [n, d] → [n, d]. */
export function titleTower(tape: Tape, parameter: Parameter, z: Value): Value {
  return add(
    tape,
    z,
    layer(tape, parameter, 'title.down', relu(tape, layer(tape, parameter, 'title.up', z))),
  );
}

/** [n, d], [n, d], [n, context] → [n, d]. */
export function userTower(
  tape: Tape,
  parameter: Parameter,
  recent: Value,
  taste: Value,
  context: Value,
): Value {
  const behind = add(
    tape,
    layer(tape, parameter, 'user.recent', recent),
    layer(tape, parameter, 'user.taste', taste),
  );
  const hidden = relu(tape, add(tape, behind, layer(tape, parameter, 'user.context', context)));
  return add(tape, recent, layer(tape, parameter, 'user.down', hidden));
}

function layer(tape: Tape, parameter: Parameter, name: string, x: Value): Value {
  return linear(tape, x, parameter(`${name}.weight`), parameter(`${name}.bias`));
}
