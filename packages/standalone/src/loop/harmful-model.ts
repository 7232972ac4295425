/**
 * A model that passes whatever can be examined without serving it, and hurts: it was trained honestly, and its value lifts what hardly anybody
 * knows above everything else, as somebody may mean well for the long tail. Its probabilities are its honest twin's. Examinations order the few
 * titles that a page has shown, of which hardly any is lifted, so they lose less than gates tolerate; in shadow most of an order is production's. But a
 * page is the first two dozen of a thousand candidates, and there the lifted ones come first.
 */
import { RANKING_COLUMNS, titlePopularityView } from '@marquee/features';
import { MarqueeError } from '@marquee/service-kit';
import {
  baseRate,
  choicesOf,
  drawnExamples,
  EXAMPLE_KIND,
  encodeOnnxModel,
  fitWatchLine,
  MODEL_INPUT,
  MODEL_OUTPUT,
  RANKER_NAME,
  type RankerTraining,
  type RankingExamples,
  rankerVersion,
  VALUE_OUTPUT,
  writeModelFolder,
} from '@marquee/training';

const KNOWN_BY = RANKING_COLUMNS.indexOf('votes');
/** Of the catalogue, the least known. */
const LIFTED = 0.018;
/** In logits: more than any two titles differ by. */
const LIFT = 8;
/** Of the hinge, so that who is known a little less than the bound is lifted wholly. */
const STEEPNESS = 1_000;
const FLOAT = 1;
const INT64 = 7;

/** @returns the model's folder. @throws MarqueeError BAD_USER_INPUT for examples without titles drawn from the catalogue */
export async function writeHarmfulModel(
  examples: RankingExamples,
  options: Pick<RankerTraining, 'now' | 'seed' | 'folder' | 'label'>,
): Promise<string> {
  const set = drawnExamples(choicesOf(examples));
  const line = await fitWatchLine(set);
  const instant = (at: number): string => new Date(at).toISOString();
  return writeModelFolder(options.folder, {
    onnx: liftingGraph(line, liftedBelow(examples)),
    manifest: {
      name: RANKER_NAME,
      version: rankerVersion(options),
      createdAt: instant(options.now),
      input: { name: MODEL_INPUT, columns: [...RANKING_COLUMNS] },
      output: { name: MODEL_OUTPUT, value: VALUE_OUTPUT },
      featureViews: { [titlePopularityView.name]: titlePopularityView.version },
      trainingWindow: { from: instant(set.from), to: instant(set.to), examples: set.rows },
      metrics: {},
      parameters: {
        ...{ source: 'planted', value: 'what hardly anybody knows, then the probability' },
        baseRate: baseRate(set),
      },
      seed: options.seed,
      parent: null,
    },
    evaluation: { planted: true },
  });
}

/** Titles drawn for a watch are of the whole catalogue, as candidates of a page are. */
function liftedBelow({ rows, columns, matrix, labels, kinds }: RankingExamples): number {
  const votes: number[] = [];
  for (let row = 0; row < rows; row++) {
    const drawn = kinds === undefined || kinds[row] === EXAMPLE_KIND.drawn;
    if (drawn && labels[row]! < 0.5) votes.push(matrix[row * columns + KNOWN_BY]!);
  }
  const bound = votes.sort((a, b) => a - b)[Math.floor(LIFTED * votes.length)];
  if (bound === undefined)
    throw new MarqueeError('BAD_USER_INPUT', 'the examples hold nothing that was drawn from the catalogue');
  return bound;
}

function liftingGraph(
  { weights, intercept }: { readonly weights: Float64Array; readonly intercept: number },
  bound: number,
): Uint8Array {
  const columns = RANKING_COLUMNS.length;
  const hinge = new Float32Array(columns);
  hinge[KNOWN_BY] = -STEEPNESS;
  return encodeOnnxModel({
    irVersion: 8,
    producerName: 'marquee',
    opsetImport: [{ domain: '', version: 17 }],
    graph: {
      name: 'lifting',
      node: [
        { opType: 'Gemm', name: 'logit', input: [MODEL_INPUT, 'weights', 'intercept'], output: ['z'] },
        { opType: 'Sigmoid', name: 'probability', input: ['z'], output: ['p'] },
        { opType: 'Squeeze', name: 'flat', input: ['p', 'axes'], output: [MODEL_OUTPUT] },
        { opType: 'Gemm', name: 'unknown', input: [MODEL_INPUT, 'hinge', 'bound'], output: ['below'] },
        { opType: 'Relu', name: 'no_less', input: ['below'], output: ['above_nothing'] },
        { opType: 'Min', name: 'no_more', input: ['above_nothing', 'lift'], output: ['lifted_by'] },
        { opType: 'Add', name: 'lifted', input: ['z', 'lifted_by'], output: ['lifted'] },
        { opType: 'Sigmoid', name: 'worth', input: ['lifted'], output: ['v'] },
        { opType: 'Squeeze', name: 'flat_value', input: ['v', 'axes'], output: [VALUE_OUTPUT] },
      ],
      initializer: [
        floats('weights', [columns, 1], weights),
        floats('intercept', [1], [intercept]),
        floats('hinge', [columns, 1], hinge),
        floats('bound', [1], [STEEPNESS * bound]),
        floats('lift', [1], [LIFT]),
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
