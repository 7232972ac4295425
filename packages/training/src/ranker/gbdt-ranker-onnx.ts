/** The trees that rank as one ONNX file: `features` [rows, columns] → `probability` [rows] and, where lengths are known, `value` [rows]. */
import { calibrationNodes } from '../calibration/calibration-onnx.ts';
import type { GbdtModel } from '../gbdt/gbdt-model.ts';
import { treeAttributes } from '../gbdt/gbdt-onnx.ts';
import { encodeOnnxModel, MODEL_INPUT, MODEL_OUTPUT, VALUE_OUTPUT } from '../onnx-export.ts';
import type { GbdtRankerModel } from './gbdt-ranker-model.ts';
import { ABANDONMENT_HOURS, LEAST_WORTH, LENGTH_EXPONENT } from './value-function.ts';

const FLOAT = 1;
const INT64 = 7;
const ML = 'ai.onnx.ml';

interface Part {
  readonly node: readonly Record<string, unknown>[];
  readonly initializer: readonly Record<string, unknown>[];
}

export function exportGbdtRanker(model: GbdtRankerModel): Uint8Array {
  const calibrated = calibrationNodes(model.calibration, { logit: 'z', probability: 'p' });
  const value = model.length === undefined ? undefined : valueNodes(model.length, calibrated.output);
  return encodeOnnxModel({
    irVersion: 8,
    producerName: 'marquee',
    opsetImport: [
      { domain: '', version: 17 },
      { domain: ML, version: 3 },
    ],
    graph: {
      name: 'gradient-boosted-ranker',
      node: [
        {
          opType: 'Gemm',
          name: 'linear',
          input: [MODEL_INPUT, 'weights', 'intercept0'],
          output: ['linear_z'],
        },
        trees('watch', model.watch, 'trees_z'),
        { opType: 'Add', name: 'log_odds', input: ['linear_z', 'trees_z'], output: ['z'] },
        ...(model.calibration.kind === 'isotonic'
          ? [{ opType: 'Sigmoid', name: 'uncalibrated', input: ['z'], output: ['p'] }]
          : []),
        ...calibrated.node,
        squeeze(calibrated.output, MODEL_OUTPUT),
        ...(value?.node ?? []),
      ],
      initializer: [
        {
          name: 'axes',
          dims: [1],
          dataType: INT64,
          rawData: new Uint8Array(BigInt64Array.of(1n).buffer),
        },
        {
          name: 'weights',
          dims: [model.watch.columns, 1],
          dataType: FLOAT,
          rawData: new Uint8Array(Float32Array.from(model.linear.weights).buffer),
        },
        scalar('intercept0', model.linear.intercept),
        ...calibrated.initializer,
        ...(value?.initializer ?? []),
      ],
      input: [tensor(MODEL_INPUT, [{ dimParam: 'rows' }, { dimValue: model.watch.columns }])],
      output: [
        tensor(MODEL_OUTPUT, [{ dimParam: 'rows' }]),
        ...(value === undefined ? [] : [tensor(VALUE_OUTPUT, [{ dimParam: 'rows' }])]),
      ],
    },
  });
}

function valueNodes(
  { hours, abandonment }: NonNullable<GbdtRankerModel['length']>,
  probability: string,
): Part {
  const given = abandonment !== undefined;
  return {
    node: [
      trees('hours', hours, 'hours'),
      ...(given
        ? [
            trees('abandonment', abandonment, 'abandonment_z'),
            { opType: 'Sigmoid', name: 'abandoned', input: ['abandonment_z'], output: ['abandonment_p'] },
            { opType: 'Mul', name: 'lost', input: ['abandonment_p', 'abandonment_hours'], output: ['lost'] },
            { opType: 'Sub', name: 'net', input: ['hours', 'lost'], output: ['net_hours'] },
          ]
        : []),
      {
        ...{ opType: 'Max', name: 'at_least', output: ['worth'] },
        input: [given ? 'net_hours' : 'hours', 'least_worth'],
      },
      { opType: 'Pow', name: 'tempered', input: ['worth', 'exponent'], output: ['tempered'] },
      { opType: 'Mul', name: 'times', input: [probability, 'tempered'], output: ['valued'] },
      squeeze('valued', VALUE_OUTPUT),
    ],
    initializer: [
      scalar('least_worth', LEAST_WORTH),
      scalar('exponent', LENGTH_EXPONENT),
      // An initializer that nothing reads is a warning in every log.
      ...(given ? [scalar('abandonment_hours', ABANDONMENT_HOURS)] : []),
    ],
  };
}

function trees(name: string, model: GbdtModel, output: string): Record<string, unknown> {
  return {
    ...{ opType: 'TreeEnsembleRegressor', domain: ML, name, input: [MODEL_INPUT], output: [output] },
    attribute: treeAttributes(model),
  };
}

function squeeze(from: string, to: string): Record<string, unknown> {
  return { opType: 'Squeeze', name: `flatten_${to}`, input: [from, 'axes'], output: [to] };
}

function scalar(name: string, value: number): Record<string, unknown> {
  return { name, dims: [1], dataType: FLOAT, rawData: new Uint8Array(Float32Array.of(value).buffer) };
}

function tensor(name: string, dim: readonly Record<string, unknown>[]): Record<string, unknown> {
  return { name, type: { tensorType: { elemType: FLOAT, shape: { dim } } } };
}
