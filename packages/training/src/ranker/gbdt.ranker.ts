/**
 * Gradient-boosted trees on the ranking features: a calibrated probability of a qualified watch, how long it would be, and how likely it is
 * given up; together the value of a title (`value-function.ts`).
 *
 * The latest fifth of the examples measures, the fifth before it ends the growing and calibrates; then trees are grown on all of them, as
 * many as were found to be enough. The calibration stays.
 */
import { RANKING_COLUMNS, titlePopularityView } from '@marquee/features';
import { encodeGbdt } from '../gbdt/gbdt-file.ts';
import { treeCount } from '../gbdt/gbdt-model.ts';
import { splitImportance } from '../gbdt/importance.ts';
import { writeModelFolder } from '../model-folder.ts';
import { MODEL_INPUT, MODEL_OUTPUT, VALUE_OUTPUT } from '../onnx-export.ts';
import { baseRate, choicesOf } from './choices.ts';
import { scoreGbdtRanker } from './gbdt-ranker-model.ts';
import { exportGbdtRanker } from './gbdt-ranker-onnx.ts';
import { type GrowOptions, growRanker, MOST_TREES, WATCH_OPTIONS } from './grow-ranker.ts';
import { trainLogisticRanker } from './logistic.ranker.ts';
import { measureRanker } from './measure-ranker.ts';
import { LEAST_POSITIVES, RANKER_NAME, type RankerTrainer, rankerVersion } from './ranker-trainer.ts';
import {
  drawnExamples,
  type RankingExamples,
  requireTrainable,
  splitByTime,
  withoutColumns,
} from './ranking-examples.ts';
import { valueFormula } from './value-function.ts';

/** Beside model.onnx: the trees that give the probability, to explain them by. */
export const TREES_FILE = 'watch.trees';

const MEASURED_SHARE = 0.2;
/** Of what is left. */
const VALIDATION_SHARE = 0.2;

export const trainGbdtRanker: RankerTrainer = async (examples, options) => {
  if (examples === undefined || drawnExamples(examples).positives < LEAST_POSITIVES) {
    return trainLogisticRanker(examples, options);
  }
  requireTrainable(examples);
  const { now, folder, seed, parent = null, ignoredColumns = [], signal, onProgress } = options;
  const set = choicesOf(withoutColumns(examples, ignoredColumns));
  const grow = (part: RankingExamples, ofPart: Omit<GrowOptions, 'seed' | 'now' | 'signal'>) =>
    growRanker(part, { ...ofPart, seed, now, signal });
  const of = 2 * MOST_TREES;
  const [before, latest] = splitByTime(set, 1 - MEASURED_SHARE);
  const [first, validation] = splitByTime(before, 1 - VALIDATION_SHARE);
  const stopped = await grow(first, {
    validation: drawnExamples(validation),
    onTrees: (trees) => onProgress?.(trees, of),
  });
  const trees = treeCount(stopped.watch);
  const { calibration } = stopped;
  const measured = drawnExamples(latest);
  const scores = scoreGbdtRanker(stopped, measured.matrix, measured.rows);
  const holdout = measureRanker(scores.probability, measured);
  const model = {
    ...(await grow(set, {
      trees: Math.max(1, trees),
      onTrees: (done) => onProgress?.(MOST_TREES + done, of),
    })),
    calibration,
  };
  onProgress?.(of, of);
  const { gain, splits } = splitImportance(model.watch);
  const importance = RANKING_COLUMNS.map((name, i) => ({ name, gain: gain[i]!, splits: splits[i]! })).sort(
    (a, b) => b.gain - a.gain,
  );
  const instant = (epoch: number): string => new Date(epoch).toISOString();
  return writeModelFolder(folder, {
    onnx: exportGbdtRanker(model),
    files: { [TREES_FILE]: encodeGbdt(model.watch) },
    manifest: {
      name: RANKER_NAME,
      version: rankerVersion(options, 'gbdt'),
      createdAt: instant(now),
      input: { name: MODEL_INPUT, columns: [...RANKING_COLUMNS] },
      output: { name: MODEL_OUTPUT, ...(model.length !== undefined && { value: VALUE_OUTPUT }) },
      featureViews: { [titlePopularityView.name]: titlePopularityView.version },
      trainingWindow: { from: instant(set.from), to: instant(set.to), examples: set.rows },
      metrics: holdout,
      parameters: {
        source: 'trained',
        algorithm: 'gbdt',
        trees: treeCount(model.watch),
        leaves: WATCH_OPTIONS.leaves,
        learningRate: WATCH_OPTIONS.learningRate,
        calibration: calibration.kind,
        baseRate: baseRate(set),
        ...(model.length !== undefined && { value: valueFormula(model.length.abandonment !== undefined) }),
      },
      seed,
      parent,
    },
    evaluation: {
      protocol:
        'grown on the first 64 % of the groups in order of time, ended and calibrated by the next 16 %, measured on the rest; then grown on all',
      holdout,
      examples: { positives: set.positives, rows: set.rows },
      ...(ignoredColumns.length > 0 && { ignoredColumns }),
      calibration,
      importance,
      columnStatistics: set.columnStatistics,
    },
  });
};
