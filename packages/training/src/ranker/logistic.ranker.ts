/**
 * The first ranker of an installation: logistic regression on the ranking features, fitted in seconds, evaluated on the latest
 * fifth of the examples, then fitted to all of them.
 *
 * It learns from random negatives alone. What is shown and passed over is close to the viewer's taste already: a linear model learns from it
 * to dislike its own candidates (co-watch gets a negative weight).
 *
 * Probabilities are relative to four negatives per positive: right for ordering, too high as a forecast.
 */
import { RANKING_COLUMNS, titlePopularityView } from '@marquee/features';
import { predict, trainLogisticRegression } from '../logistic-regression.ts';
import { writeModelFolder } from '../model-folder.ts';
import { exportLogisticRegression, MODEL_INPUT, MODEL_OUTPUT } from '../onnx-export.ts';
import { priorRanker } from '../prior-ranker.ts';
import { measureRanker } from './measure-ranker.ts';
import { LEAST_POSITIVES, RANKER_NAME, type RankerTrainer, rankerVersion } from './ranker-trainer.ts';
import { drawnExamples, type RankingExamples, splitByTime, withoutColumns } from './ranking-examples.ts';

const HOLDOUT_SHARE = 0.2;
const L2 = 1e-3;

/** Below LEAST_POSITIVES positives it writes the hand-set prior; the manifest's `parameters.source` is then "prior", otherwise "trained". */
export const trainLogisticRanker: RankerTrainer = async (examples, options) => {
  const { now, folder, seed, parent = null, ignoredColumns = [], signal, onProgress } = options;
  const set = examples && withoutColumns(drawnExamples(examples), ignoredColumns);
  const trained = set !== undefined && set.positives >= LEAST_POSITIVES;
  onProgress?.(0, 2);
  const model = trained ? await trainLogisticRegression(set, { l2: L2 }) : priorRanker();
  signal?.throwIfAborted();
  onProgress?.(1, 2);
  const holdout = trained ? await evaluateOnLatest(set) : {};
  signal?.throwIfAborted();
  onProgress?.(2, 2);
  const instant = (epoch: number): string => new Date(epoch).toISOString();
  return writeModelFolder(folder, {
    onnx: exportLogisticRegression(model),
    manifest: {
      name: RANKER_NAME,
      version: rankerVersion(options),
      createdAt: instant(now),
      input: { name: MODEL_INPUT, columns: [...RANKING_COLUMNS] },
      output: { name: MODEL_OUTPUT },
      featureViews: { [titlePopularityView.name]: titlePopularityView.version },
      trainingWindow: {
        from: instant(set?.from ?? now),
        to: instant(set?.to ?? now),
        examples: trained ? set.rows : 0,
      },
      metrics: holdout,
      parameters: { source: trained ? 'trained' : 'prior', algorithm: 'logistic-regression', l2: L2 },
      seed,
      parent,
    },
    evaluation: {
      protocol: trained
        ? 'fitted to the first 80 % of the groups in order of time, measured on the rest; then fitted to all'
        : `fewer than ${LEAST_POSITIVES} positives: hand-set weights, not measured`,
      holdout,
      examples: { positives: set?.positives ?? 0, rows: set?.rows ?? 0 },
      ...(ignoredColumns.length > 0 && { ignoredColumns }),
      weights: Object.fromEntries(RANKING_COLUMNS.map((name, i) => [name, model.weights[i]!])),
      intercept: model.intercept,
      columnStatistics: set?.columnStatistics ?? [],
    },
  });
};

async function evaluateOnLatest(set: RankingExamples): Promise<Record<string, number>> {
  const [first, rest] = splitByTime(set, 1 - HOLDOUT_SHARE);
  const model = await trainLogisticRegression(first, { l2: L2 });
  return measureRanker(predict(model, rest.matrix, rest.rows), rest);
}
