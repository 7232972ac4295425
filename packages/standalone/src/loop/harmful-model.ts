/**
 * A model that passes every gate and hurts: its probabilities are a trained ranker's, its value, which pages are ordered by, has the wrong sign.
 * Gates judge probabilities.
 */
import { RANKING_COLUMNS, titlePopularityView } from '@marquee/features';
import {
  choicesOf,
  drawnExamples,
  encodeOnnxModel,
  fitWatchLine,
  MODEL_INPUT,
  MODEL_OUTPUT,
  RANKER_NAME,
  type RankerTraining,
  type RankingExamples,
  rankerVersion,
  writeModelFolder,
} from '@marquee/training';

const VALUE_OUTPUT = 'value';
const FLOAT = 1;
const INT64 = 7;

/** @returns the model's folder */
export async function writeHarmfulModel(
  examples: RankingExamples,
  options: Pick<RankerTraining, 'now' | 'seed' | 'folder' | 'label'>,
): Promise<string> {
  const set = drawnExamples(choicesOf(examples));
  const model = await fitWatchLine(set);
  const instant = (at: number): string => new Date(at).toISOString();
  return writeModelFolder(options.folder, {
    onnx: harmfulGraph(model),
    manifest: {
      name: RANKER_NAME,
      version: rankerVersion(options),
      createdAt: instant(options.now),
      input: { name: MODEL_INPUT, columns: [...RANKING_COLUMNS] },
      output: { name: MODEL_OUTPUT, value: VALUE_OUTPUT },
      featureViews: { [titlePopularityView.name]: titlePopularityView.version },
      trainingWindow: { from: instant(set.from), to: instant(set.to), examples: set.rows },
      metrics: {},
      parameters: { source: 'planted', value: 'one minus the probability' },
      seed: options.seed,
      parent: null,
    },
    evaluation: { planted: true },
  });
}

function harmfulGraph({
  weights,
  intercept,
}: {
  readonly weights: Float64Array;
  readonly intercept: number;
}): Uint8Array {
  const columns = RANKING_COLUMNS.length;
  return encodeOnnxModel({
    irVersion: 8,
    producerName: 'marquee',
    opsetImport: [{ domain: '', version: 17 }],
    graph: {
      name: 'harmful',
      node: [
        { opType: 'Gemm', name: 'logit', input: [MODEL_INPUT, 'weights', 'intercept'], output: ['z'] },
        { opType: 'Sigmoid', name: 'probability', input: ['z'], output: ['p'] },
        { opType: 'Squeeze', name: 'flat', input: ['p', 'axes'], output: [MODEL_OUTPUT] },
        { opType: 'Neg', name: 'wrong_sign', input: ['z'], output: ['w'] },
        { opType: 'Sigmoid', name: 'worth', input: ['w'], output: ['v'] },
        { opType: 'Squeeze', name: 'flat_value', input: ['v', 'axes'], output: [VALUE_OUTPUT] },
      ],
      initializer: [
        floats('weights', [columns, 1], weights),
        floats('intercept', [1], [intercept]),
        {
          ...{ name: 'axes', dims: [1], dataType: INT64 },
          rawData: new Uint8Array(BigInt64Array.of(1n).buffer),
        },
      ],
      input: [tensor(MODEL_INPUT, [{ dimParam: 'rows' }, { dimValue: columns }])],
      output: [MODEL_OUTPUT, VALUE_OUTPUT].map((name) => tensor(name, [{ dimParam: 'rows' }])),
    },
  });
}

function floats(name: string, dims: readonly number[], values: Iterable<number>): Record<string, unknown> {
  return { name, dims, dataType: FLOAT, rawData: new Uint8Array(Float32Array.from(values).buffer) };
}

function tensor(name: string, dim: readonly Record<string, unknown>[]): Record<string, unknown> {
  return { name, type: { tensorType: { elemType: FLOAT, shape: { dim } } } };
}
