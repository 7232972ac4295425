/** Fits the network to examples: a line first, then epochs of drawn batches, ended by a later part of the examples. */
import { createRandom } from '@marquee/domain';
import { fitPlatt, type PlattCalibration } from '../../calibration/index.ts';
import { runEpochs } from '../../neural/early-stopping.ts';
import { createMaskBank } from '../../neural/mask-bank.ts';
import { initialParameters, type Parameters } from '../../neural/parameters.ts';
import { createTrainer } from '../../neural/trainer.ts';
import { fitWatchLine } from '../fit-line.ts';
import { drawnExamples, type RankingExamples, rowsWhere, takeRows } from '../ranking-examples.ts';
import { type MultiTaskModel, multiTaskHeads, type Standardisation } from './multi-task-model.ts';
import {
  MASK_INPUT,
  type NetworkSettings,
  networkParameters,
  networkTrainingGraph,
  type Task,
} from './multi-task-network.ts';
import {
  batchFeeds,
  standardisationOf,
  sumOf,
  type TaskRows,
  type Tasks,
  taskRows,
  trainingRows,
} from './multi-task-rows.ts';

export const MOST_EPOCHS = 40;
const PATIENCE = 5;
const BATCH_ROWS = 256;
const LEARNING_RATE = 0.002;
const WEIGHT_DECAY = 0.1;
const WARM_UP_STEPS = 50;
const AVERAGE_DECAY = 0.99;
/** Steps are a millisecond or two: more threads would wait for each other. */
const THREADS = 1;

export const NETWORK: Omit<NetworkSettings, 'columns'> = {
  crossLayers: 2,
  experts: 4,
  width: 16,
  headWidth: 16,
  dropOut: 0.5,
};

export interface MultiTaskTraining {
  readonly seed: number;
  readonly now: number;
  readonly signal?: AbortSignal | undefined;
  /** Ends the training, and calibrates; later than what is learned from. */
  readonly validation?: RankingExamples;
  /** How many, where nothing ends the training. */
  readonly epochs?: number;
  readonly onEpochs?: (epochs: number) => void;
}

export interface TrainedMultiTask {
  readonly model: MultiTaskModel;
  /** That the weights have seen. */
  readonly epochs: number;
}

/** Deterministic for a seed. @param set with at least LEAST_POSITIVES positives */
export async function trainMultiTask(
  set: RankingExamples,
  options: MultiTaskTraining,
): Promise<TrainedMultiTask> {
  const { seed, now, validation, epochs = MOST_EPOCHS, signal, onEpochs } = options;
  const random = createRandom(seed);
  const settings = { ...NETWORK, columns: set.columns };
  const parameters = initialParameters(networkParameters(settings), random.fork('weights').integer(2 ** 31));
  const tasks = taskRows(set);
  const standardisation = standardisationOf(set);
  await beginWithLine(parameters, set, standardisation);
  for (const task of ['hours', 'abandonment'] as const) beginWithMean(parameters, task, tasks);
  const rows = trainingRows(set, tasks, standardisation, now);
  const trainer = await createTrainer(networkTrainingGraph(settings), parameters, {
    threads: THREADS,
    ...(signal && { signal }),
    ...{ learningRate: LEARNING_RATE, weightDecay: WEIGHT_DECAY },
    ...{ warmUpSteps: WARM_UP_STEPS, averageDecay: AVERAGE_DECAY },
  });
  const network = { settings, standardisation, parameters };
  const asked = validation && drawnExamples(validation);
  const masks = createMaskBank(
    1 - settings.dropOut,
    BATCH_ROWS * settings.experts * settings.width,
    random.fork('masks'),
  );
  const draws = random.fork('epochs');
  try {
    const run = await runEpochs(trainer, parameters, {
      ...{ maxEpochs: epochs, patience: PATIENCE, minutes: 0 },
      async runEpoch(epoch) {
        const own = draws.fork(String(epoch));
        const order = own.shuffle([...rows.places]);
        let loss = 0;
        for (let from = 0; from < order.length; from += BATCH_ROWS) {
          signal?.throwIfAborted();
          const batch = order.slice(from, from + BATCH_ROWS);
          const mask = masks.draw([batch.length, settings.experts * settings.width], own);
          loss += await trainer.step([{ ...batchFeeds(rows, batch), [MASK_INPUT]: mask }]);
        }
        onEpochs?.(epoch + 1);
        return loss / Math.ceil(order.length / BATCH_ROWS);
      },
      ...(asked && {
        judge: async () => -weightedLoss(multiTaskHeads(network, asked.matrix, asked.rows).watch, asked),
      }),
    });
    const calibrations = validation && calibrationsOn(network, validation);
    return {
      epochs: run.epochs,
      model: {
        ...network,
        calibration: calibrations?.watch ?? UNCALIBRATED,
        hours: tasks.hours !== undefined,
        ...(tasks.abandonment && { abandonment: calibrations?.abandonment ?? UNCALIBRATED }),
      },
    };
  } finally {
    await trainer.close();
  }
}

/** Sigmoid alone. */
const UNCALIBRATED: PlattCalibration = { kind: 'platt', slope: 1, intercept: 0 };

/** As training has it: random negatives weigh what makes them a uniform draw. */
function weightedLoss(logits: Float32Array, { labels, weights }: RankingExamples): number {
  let loss = 0;
  for (const [row, z] of logits.entries()) {
    loss += weights[row]! * (Math.max(z, 0) - z * labels[row]! + Math.log1p(Math.exp(-Math.abs(z))));
  }
  return loss / sumOf(weights);
}

/** The logistic regression, in standardised columns. @throws MarqueeError BAD_USER_INPUT for values that are not finite */
async function beginWithLine(
  { byName }: Parameters,
  set: RankingExamples,
  { means, deviations }: Standardisation,
): Promise<void> {
  const line = await fitWatchLine(set);
  let intercept = line.intercept;
  for (const [c, weight] of line.weights.entries()) {
    byName.get('line.weight')![c] = weight * deviations[c]!;
    intercept += weight * means[c]!;
  }
  byName.get('line.bias')![0] = intercept;
}

/** What a task answers before it knows anything of a row. */
function beginWithMean({ byName }: Parameters, task: 'hours' | 'abandonment', tasks: Tasks): void {
  const own = tasks[task];
  if (own === undefined) return;
  const mean =
    own.labels.reduce((sum, label, row) => sum + label * own.weights[row]!, 0) / sumOf(own.weights);
  // The inverses of softplus and of the logistic function.
  byName.get(`${task}.down.bias`)![0] =
    task === 'hours' ? mean + Math.log(-Math.expm1(-mean)) : Math.log(mean / (1 - mean));
}

function calibrationsOn(
  network: Pick<MultiTaskModel, 'settings' | 'standardisation' | 'parameters'>,
  validation: RankingExamples,
): { readonly watch: PlattCalibration; readonly abandonment?: PlattCalibration } {
  const fit = (set: RankingExamples, task: Task, { labels, weights }: TaskRows): PlattCalibration =>
    fitPlatt({ predictions: multiTaskHeads(network, set.matrix, set.rows)[task], labels, weights });
  const drawn = drawnExamples(validation);
  const tasks = taskRows(validation);
  const own = tasks.abandonment;
  const begun = own && rowsWhere(validation, (row) => own.weights[row]! > 0);
  return {
    watch: fit(drawn, 'watch', drawn),
    ...(own &&
      begun && {
        abandonment: fit(takeRows(validation, begun), 'abandonment', {
          labels: Float32Array.from(begun, (row) => own.labels[row]!),
          weights: new Float32Array(begun.length).fill(1),
        }),
      }),
  };
}
