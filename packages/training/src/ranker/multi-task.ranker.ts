/**
 * A network with three answers on the ranking features: a calibrated probability of a qualified watch, how long it would be, and how likely it
 * is given up (`multi-task-network.ts`); together the value of a title (`value-function.ts`).
 *
 * As for the trees, the latest fifth of the examples measures, the fifth before it ends the training and calibrates; then a network is trained
 * on all of them, for as many epochs as were found to be enough. The calibration stays.
 */
import { RANKING_COLUMNS, titlePopularityView } from '@marquee/features';
import { writeModelFolder } from '../model-folder.ts';
import { MODEL_INPUT, MODEL_OUTPUT, VALUE_OUTPUT } from '../onnx-export.ts';
import { baseRate, choicesOf, EXPOSURE_COLUMNS } from './choices.ts';

import { trainLogisticRanker } from './logistic.ranker.ts';
import { measureRanker } from './measure-ranker.ts';
import { scoreMultiTask } from './multi-task/multi-task-model.ts';
import { exportMultiTask } from './multi-task/multi-task-onnx.ts';
import {
  MOST_EPOCHS,
  type MultiTaskTraining,
  NETWORK,
  trainMultiTask,
} from './multi-task/train-multi-task.ts';
import { LEAST_POSITIVES, RANKER_NAME, type RankerTrainer, rankerVersion } from './ranker-trainer.ts';
import {
  drawnExamples,
  type RankingExamples,
  requireTrainable,
  splitByTime,
  withoutColumns,
} from './ranking-examples.ts';
import { valueFormula } from './value-function.ts';

const MEASURED_SHARE = 0.2;
/** Of what is left. */
const VALIDATION_SHARE = 0.2;

export const trainMultiTaskRanker: RankerTrainer = async (examples, options) => {
  if (examples === undefined || drawnExamples(examples).positives < LEAST_POSITIVES) {
    return trainLogisticRanker(examples, options);
  }
  requireTrainable(examples);
  const { now, folder, seed, parent = null, ignoredColumns = [], signal, onProgress } = options;
  // No constraint keeps a network from learning that exposure speaks for a title: the pipeline's value function tires of titles instead.
  const set = withoutColumns(choicesOf(examples), [...EXPOSURE_COLUMNS, ...ignoredColumns]);
  const fit = (part: RankingExamples, ofPart: Omit<MultiTaskTraining, 'seed' | 'now' | 'signal'>) =>
    trainMultiTask(part, { ...ofPart, seed, now, signal });
  const of = 2 * MOST_EPOCHS;
  const [before, latest] = splitByTime(set, 1 - MEASURED_SHARE);
  const [first, validation] = splitByTime(before, 1 - VALIDATION_SHARE);
  const stopped = await fit(first, { validation, onEpochs: (epochs) => onProgress?.(epochs, of) });
  const { epochs } = stopped;
  const { calibration } = stopped.model;
  const measured = drawnExamples(latest);
  const holdout = measureRanker(
    scoreMultiTask(stopped.model, measured.matrix, measured.rows).probability,
    measured,
  );
  const whole = await fit(set, { epochs, onEpochs: (done) => onProgress?.(MOST_EPOCHS + done, of) });
  const abandonment = whole.model.abandonment && (stopped.model.abandonment ?? whole.model.abandonment);
  const model = { ...whole.model, calibration, ...(abandonment && { abandonment }) };
  signal?.throwIfAborted();
  onProgress?.(of, of);
  const instant = (epoch: number): string => new Date(epoch).toISOString();
  return writeModelFolder(folder, {
    onnx: exportMultiTask(model),
    manifest: {
      name: RANKER_NAME,
      version: rankerVersion(options, 'multi-task'),
      createdAt: instant(now),
      input: { name: MODEL_INPUT, columns: [...RANKING_COLUMNS] },
      output: { name: MODEL_OUTPUT, ...(model.hours && { value: VALUE_OUTPUT }) },
      featureViews: { [titlePopularityView.name]: titlePopularityView.version },
      trainingWindow: { from: instant(set.from), to: instant(set.to), examples: set.rows },
      metrics: holdout,
      parameters: {
        ...{ source: 'trained', algorithm: 'multi-task', ...NETWORK, epochs },
        calibration: calibration.kind,
        baseRate: baseRate(set),
        ...(model.hours && { value: valueFormula(abandonment !== undefined) }),
      },
      seed,
      parent,
    },
    evaluation: {
      protocol:
        'trained on the first 64 % of the groups in order of time, ended and calibrated by the next 16 %, measured on the rest; then trained on all',
      holdout,
      examples: { positives: set.positives, rows: set.rows },
      ...(ignoredColumns.length > 0 && { ignoredColumns }),
      calibration,
      ...(abandonment && { abandonmentCalibration: abandonment }),
      columnStatistics: set.columnStatistics,
    },
  });
};
