/** The network as one ONNX file: `features` [rows, columns] → `probability` [rows] and, where lengths are known, `value` [rows]. */
import type { PlattCalibration } from '../../calibration/index.ts';
import type { GraphBuilder, Value } from '../../neural/graph-builder.ts';
import { Tape } from '../../neural/tape.ts';
import { MODEL_INPUT, MODEL_OUTPUT, VALUE_OUTPUT } from '../../onnx-export.ts';
import { ABANDONMENT_HOURS, LEAST_WORTH, LENGTH_EXPONENT } from '../value-function.ts';
import { CLIP, type MultiTaskModel } from './multi-task-model.ts';
import { networkHeads } from './multi-task-network.ts';

const ROWS = ['rows', 1] as const;

export function exportMultiTask(model: MultiTaskModel): Uint8Array {
  const { settings, parameters, standardisation, calibration, abandonment } = model;
  const tape = new Tape();
  const { graph } = tape;
  const shapes = new Map(parameters.specs.map(({ name, shape }) => [name, shape]));
  const constant = (name: string): Value =>
    // A copy: what is exported must not change when training goes on.
    graph.tensor(`weights ${name}`, parameters.byName.get(name)!.slice(), shapes.get(name)!);
  const shape = ['rows', settings.columns];
  const features = graph.input(MODEL_INPUT, 'real', shape);
  const centred = graph.node(
    'Sub',
    [features, graph.tensor('means', standardisation.means, [settings.columns])],
    shape,
  );
  const scaled = graph.node(
    'Div',
    [centred, graph.tensor('deviations', standardisation.deviations, [settings.columns])],
    shape,
  );
  const x = graph.node('Clip', [scaled, graph.number(-CLIP), graph.number(CLIP)], shape);
  const heads = networkHeads(tape, settings, constant, x);
  const probability = calibrated(graph, calibration, heads.watch);
  output(graph, MODEL_OUTPUT, probability);
  if (model.hours) {
    const worth =
      abandonment === undefined
        ? heads.hours
        : graph.node(
            'Sub',
            [
              heads.hours,
              graph.node(
                'Mul',
                [calibrated(graph, abandonment, heads.abandonment), graph.number(ABANDONMENT_HOURS)],
                ROWS,
              ),
            ],
            ROWS,
          );
    const tempered = graph.node(
      'Pow',
      [graph.node('Max', [worth, graph.number(LEAST_WORTH)], ROWS), graph.number(LENGTH_EXPONENT)],
      ROWS,
    );
    output(graph, VALUE_OUTPUT, graph.node('Mul', [probability, tempered], ROWS));
  }
  return graph.encode('multi-task-ranker');
}

function calibrated(graph: GraphBuilder, { slope, intercept }: PlattCalibration, z: Value): Value {
  const sloped = graph.node('Mul', [z, graph.number(slope)], ROWS);
  return graph.node('Sigmoid', [graph.node('Add', [sloped, graph.number(intercept)], ROWS)], ROWS);
}

function output(graph: GraphBuilder, name: string, column: Value): void {
  graph.output(name, graph.node('Reshape', [column, graph.integers(-1)], ['rows']));
}
