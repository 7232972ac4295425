/**
 * The first ranker of an installation: logistic regression on the ranking features, trained from the log in
 * seconds, evaluated on the latest fifth of the examples, then fitted to all of them and written as a model
 * folder.
 */
import { RANKING_COLUMNS, titlePopularityView } from '@marquee/features';
import { type LogisticRegression, predict, trainLogisticRegression } from './logistic-regression.ts';
import { auc, logLoss, ndcgAtK } from './metrics/index.ts';
import { writeModelFolder } from './model-folder.ts';
import { exportLogisticRegression, MODEL_INPUT, MODEL_OUTPUT } from './onnx-export.ts';
import { priorRanker } from './prior-ranker.ts';
import { buildTrainingSet, type TrainingSet, type TrainingSetOptions } from './training-set.ts';

export interface StarterRankerOptions extends Omit<TrainingSetOptions, 'onProgress'> {
  /** Instant of the training, epoch milliseconds; part of the version. */
  readonly now: number;
  /** Folder of model folders. */
  readonly folder: string;
  readonly onProgress?: (progress: {
    phase: 'examples' | 'training' | 'writing';
    eventsReplayed: number;
  }) => void;
}

export const RANKER_NAME = 'home-ranker';
/** With fewer positives than this there is a column for every few of them: the prior is the better guess. */
export const LEAST_POSITIVES = 300;

const HOLDOUT_SHARE = 0.2;
const L2 = 1e-3;
const NDCG_AT = 10;

/**
 * Trains, evaluates and writes a ranker.
 *
 * Below LEAST_POSITIVES positives it writes the hand-set prior instead; the manifest's `parameters.source` is
 * then "prior", otherwise "trained". Probabilities are relative to four negatives per positive: right for
 * ordering, too high as a forecast.
 *
 * @returns the model's folder, `<folder>/home-ranker-<version>`.
 */
export async function trainStarterRanker(options: StarterRankerOptions): Promise<string> {
  let eventsReplayed = 0;
  const set = await buildTrainingSet({
    ...options,
    onProgress: (events) => {
      eventsReplayed = events;
      options.onProgress?.({ phase: 'examples', eventsReplayed });
    },
  });
  options.onProgress?.({ phase: 'training', eventsReplayed });
  const trained = set !== undefined && set.positives >= LEAST_POSITIVES;
  const model = trained ? await train(set) : priorRanker();
  const holdout = trained ? await evaluateOnLatest(set) : {};
  options.onProgress?.({ phase: 'writing', eventsReplayed });
  const instant = (epoch: number): string => new Date(epoch).toISOString();
  return writeModelFolder(options.folder, {
    onnx: exportLogisticRegression(model),
    manifest: {
      name: RANKER_NAME,
      version: instant(options.now).replace(/[-:]/g, '').replace(/\..*$/, 'Z'),
      createdAt: instant(options.now),
      input: { name: MODEL_INPUT, columns: [...RANKING_COLUMNS] },
      output: { name: MODEL_OUTPUT },
      featureViews: { [titlePopularityView.name]: titlePopularityView.version },
      trainingWindow: {
        from: instant(set?.from ?? options.now),
        to: instant(set?.to ?? options.now),
        examples: trained ? set.rows : 0,
      },
      metrics: holdout,
      parameters: { source: trained ? 'trained' : 'prior', algorithm: 'logistic-regression', l2: L2 },
      seed: options.seed,
      parent: null,
    },
    evaluation: {
      protocol: trained
        ? 'fitted to the first 80 % of the groups in order of time, measured on the rest; then fitted to all'
        : `fewer than ${LEAST_POSITIVES} positives: hand-set weights, not measured`,
      holdout,
      examples: { positives: set?.positives ?? 0, rows: set?.rows ?? 0 },
      weights: Object.fromEntries(RANKING_COLUMNS.map((name, i) => [name, model.weights[i]!])),
      intercept: model.intercept,
      columnStatistics: set?.columnStatistics ?? [],
    },
  });
}

function train(set: TrainingSet): Promise<LogisticRegression> {
  return trainLogisticRegression(set, { l2: L2 });
}

async function evaluateOnLatest(set: TrainingSet): Promise<Record<string, number>> {
  const firstHeldOut = Math.floor(set.positives * (1 - HOLDOUT_SHARE));
  const split = set.groups.findIndex((group) => group >= firstHeldOut);
  const model = await train(rowsOf(set, 0, split));
  const rest = rowsOf(set, split, set.rows);
  const scores = predict(model, rest.matrix, rest.rows);
  const metrics = {
    auc: auc(scores, rest.labels),
    logLoss: logLoss(scores, rest.labels),
    [`ndcg${NDCG_AT}`]: meanNdcg(scores, rest),
    popularityNdcg10: meanNdcg(column(rest, 'popularity_30d'), rest),
    positives: rest.positives,
  };
  return Object.fromEntries(Object.entries(metrics).filter(([, value]) => Number.isFinite(value)));
}

function rowsOf(set: TrainingSet, from: number, to: number): TrainingSet {
  const groups = set.groups.subarray(from, to);
  return {
    ...set,
    matrix: set.matrix.subarray(from * set.columns, to * set.columns),
    rows: to - from,
    labels: set.labels.subarray(from, to),
    weights: set.weights.subarray(from, to),
    groups,
    positives: new Set(groups).size,
  };
}

function column(set: TrainingSet, name: string): Float32Array {
  const place = RANKING_COLUMNS.indexOf(name);
  return Float32Array.from({ length: set.rows }, (_, row) => set.matrix[row * set.columns + place]!);
}

/** NDCG of each group's order by score, ties by row from the last, so that a constant score gains nothing. */
function meanNdcg(scores: Float32Array, set: TrainingSet): number {
  const groups = new Map<number, number[]>();
  for (let row = 0; row < set.rows; row++) {
    const rows = groups.get(set.groups[row]!);
    if (rows === undefined) groups.set(set.groups[row]!, [row]);
    else rows.push(row);
  }
  let sum = 0;
  for (const rows of groups.values()) {
    const order = rows.toSorted((a, b) => scores[b]! - scores[a]! || b - a).map(String);
    const relevant = new Set(rows.filter((row) => set.labels[row]! > 0.5).map(String));
    sum += ndcgAtK(order, relevant, NDCG_AT);
  }
  return groups.size === 0 ? 0 : sum / groups.size;
}
