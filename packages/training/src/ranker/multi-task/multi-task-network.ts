/**
 * One network for three questions about a title on somebody's page (after Ma et al. 2018, MMoE, and Wang et al. 2021, DCN v2):
 *
 *     x = clip((features − mean) / deviation);   cross layers  c ← x ∘ (c W + b) + c,  c = x at first
 *     experts  e₁ … eₖ = relu(c V + d);   per task  m = Σ gateₖ(x) eₖ,  head = v₂ relu(v₁ m)
 *     log-odds of a watch = line(x) + head;   hours = softplus(head);   log-odds of giving up = head
 *
 * Tasks share the experts and mix them in their own proportions: hours and giving up are known for plays alone, a tenth of the rows, and learn
 * from what the watch needs to know of a title anyway. The line begins as the logistic regression, crosses and heads as 0:
 * training starts from the line and learns what it misses.
 */
import type { Shape, Value } from '../../neural/graph-builder.ts';
import {
  add,
  dropOut,
  linear,
  logisticLoss,
  matrixProduct,
  multiply,
  relu,
  reshape,
  scale,
  softmax,
  softplus,
  squaredLoss,
} from '../../neural/operations.ts';
import type { ParameterSpec } from '../../neural/parameters.ts';
import { Tape } from '../../neural/tape.ts';
import { LOSS_OUTPUT, type TrainingGraph } from '../../neural/trainer.ts';

export const TASKS = ['watch', 'hours', 'abandonment'] as const;
export type Task = (typeof TASKS)[number];

export interface NetworkSettings {
  readonly columns: number;
  readonly crossLayers: number;
  readonly experts: number;
  /** Numbers that an expert says. */
  readonly width: number;
  /** Of the layer between an expert's mixture and the answer. */
  readonly headWidth: number;
  /** Share of what experts say that is left out at random in training. */
  readonly dropOut: number;
}

/** Columns of training alone (`training-columns.ts`): they move the log-odds of a watch, and are gone when served. */
export const PLACE_COLUMNS = 2;

export const MASK_INPUT = 'mask';

export function networkParameters(settings: NetworkSettings): ParameterSpec[] {
  const { columns, crossLayers, experts, width, headWidth } = settings;
  const layer = (name: string, from: number, to: number, initial?: ParameterSpec['initial']) => [
    {
      name: `${name}.weight`,
      shape: [from, to],
      initial: initial ?? { deviation: Math.sqrt(2 / (from + to)) },
    },
    { name: `${name}.bias`, shape: [to], initial: { value: 0 } },
  ];
  return [
    ...Array.from({ length: crossLayers }, (_, i) =>
      layer(`cross${i}`, columns, columns, { value: 0 }),
    ).flat(),
    ...layer('experts', columns, experts * width),
    ...TASKS.flatMap((task) => [
      ...layer(`${task}.gate`, columns, experts),
      ...layer(`${task}.up`, width, headWidth),
      ...layer(`${task}.down`, headWidth, 1, { value: 0 }),
    ]),
    ...layer('line', columns, 1, { value: 0 }),
    ...layer('place', PLACE_COLUMNS, 1, { value: 0 }),
  ];
}

export type Parameter = (name: string) => Value;

export interface Heads {
  /** Log-odds of a qualified watch [rows, 1]. */
  readonly watch: Value;
  /** Hours [rows, 1]. */
  readonly hours: Value;
  /** Log-odds of giving up [rows, 1]. */
  readonly abandonment: Value;
}

/** @param x standardised [rows, columns] @param drop applied to what the experts say */
export function networkHeads(
  tape: Tape,
  settings: NetworkSettings,
  parameter: Parameter,
  x: Value,
  drop: (value: Value) => Value = (value) => value,
): Heads {
  const { crossLayers, experts, width } = settings;
  const layer = (name: string, input: Value): Value =>
    linear(tape, input, parameter(`${name}.weight`), parameter(`${name}.bias`));
  let crossed = x;
  for (let i = 0; i < crossLayers; i++) {
    crossed = add(tape, multiply(tape, layer(`cross${i}`, crossed), x), crossed);
  }
  const said = reshape(tape, drop(relu(tape, layer('experts', crossed))), ['rows', experts, width]);
  const head = (task: Task): Value => {
    const gates = reshape(tape, softmax(tape, layer(`${task}.gate`, x)), ['rows', 1, experts]);
    const mixed = reshape(tape, matrixProduct(tape, gates, said, false), ['rows', width]);
    return layer(`${task}.down`, relu(tape, layer(`${task}.up`, mixed)));
  };
  return {
    watch: add(tape, layer('line', x), head('watch')),
    hours: softplus(tape, head('hours')),
    abandonment: head('abandonment'),
  };
}

/** Inputs beside the parameters: `features`, `place`, `mask`, and `<task>.labels`, `<task>.weights` [rows, 1] for each task. */
export function networkLoss(tape: Tape, settings: NetworkSettings): Value {
  const { columns, experts, width } = settings;
  const { graph } = tape;
  const values = new Map(
    networkParameters(settings).map(({ name, shape }) => [name, tape.parameter(name, shape)]),
  );
  const parameter: Parameter = (name) => values.get(name)!;
  const input = (name: string, shape: Shape): Value => graph.input(name, 'real', shape);
  const x = input('features', ['rows', columns]);
  const mask = settings.dropOut > 0 && graph.input(MASK_INPUT, 'mask', ['rows', experts * width]);
  const heads = networkHeads(tape, settings, parameter, x, (value) =>
    mask === false ? value : dropOut(tape, value, mask, 1 - settings.dropOut),
  );
  const place = linear(
    tape,
    input('place', ['rows', PLACE_COLUMNS]),
    parameter('place.weight'),
    parameter('place.bias'),
  );
  const given = (task: Task) => ({
    labels: input(`${task}.labels`, ['rows', 1]),
    weights: input(`${task}.weights`, ['rows', 1]),
  });
  const watch = logisticLoss(tape, { z: add(tape, heads.watch, place), ...given('watch') });
  const hours = squaredLoss(tape, { x: heads.hours, ...given('hours') });
  const abandonment = logisticLoss(tape, { z: heads.abandonment, ...given('abandonment') });
  return add(tape, add(tape, watch, scale(tape, hours, TASK_SHARE)), scale(tape, abandonment, TASK_SHARE));
}

/** Of each of the two other tasks' losses, where that of the watch counts 1. */
const TASK_SHARE = 0.25;

export function networkTrainingGraph(settings: NetworkSettings): TrainingGraph {
  const tape = new Tape();
  const loss = networkLoss(tape, settings);
  tape.graph.output(LOSS_OUTPUT, loss);
  const gradients = tape.gradients(loss);
  return { bytes: tape.graph.encode('multi-task-training'), gradients };
}
