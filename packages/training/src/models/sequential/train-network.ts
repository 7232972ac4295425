/**
 * Trains the network. Some users' last interactions are kept back, and after every epoch the averaged weights are asked for
 * them; the weights of the best epoch are the result. They are not trained again with what was kept back: that is at most one
 * interaction per user, and would double the time.
 */
import { createRandom, type Random } from '@marquee/domain';
import type { Interactions } from '../../interactions/index.ts';
import { defaultThreads } from '../../kernels/kernel-pool.ts';
import { runEpochs } from '../../neural/early-stopping.ts';
import type { Feeds } from '../../neural/graph-messages.ts';
import { initialParameters, type Parameters } from '../../neural/parameters.ts';
import { createTrainer, type Trainer } from '../../neural/trainer.ts';
import type { TrainingOptions } from '../retrieval-model.ts';
import { gainOf, type ItemRows, itemRows, type Sequences, sequencesOf } from './sequence-data.ts';
import { sequenceParameters, sequenceTrainingGraph } from './sequence-graph.ts';
import { openSequenceScoring, type SequenceScoring } from './sequence-scoring.ts';
import type { SequentialSettings } from './sequential-options.ts';
import { createTrainingBatches, isSampled, type TrainingBatches } from './training-batches.ts';
import { drawWindows, packWindows } from './windows.ts';

const WARM_UP_STEPS = 100;
const AVERAGE_DECAY = 0.995;
/** Without a validation, which tells when to stop. */
const BLIND_EPOCHS = 20;

export interface TrainedNetwork {
  readonly settings: SequentialSettings;
  readonly items: ItemRows;
  readonly parameters: Parameters;
  readonly validation: Uint32Array;
  /** NDCG@10 of the kept-back interactions; undefined without any. */
  readonly validationNdcg: number | undefined;
  /** Passes that the weights have seen; 0 when nobody has two interactions. */
  readonly epochs: number;
}

/** Deterministic for a seed, whatever the threads, unless `minutes` ends it. */
export async function trainNetwork(
  interactions: Interactions,
  settings: SequentialSettings,
  options: TrainingOptions,
): Promise<TrainedNetwork> {
  const { threads = defaultThreads(), signal } = options;
  const random = createRandom(options.seed);
  const items = itemRows(interactions);
  const sequences = sequencesOf(interactions, items, settings.validationUsers, random.fork('validation'));
  const specs = sequenceParameters(settings, items.items.length);
  const parameters = initialParameters(specs, random.fork('weights').integer(2 ** 31));
  const result = { settings, items, parameters, validation: sequences.validation };
  if (sequences.lengths.every((length) => length < 2))
    return { ...result, validationNdcg: undefined, epochs: 0 };

  const batches = createTrainingBatches(sequences, items, settings, random);
  const graph = sequenceTrainingGraph(settings, items.items.length, isSampled(items.items.length, settings));
  const parallel = { threads: Math.min(threads, batches.groupsPerStep), ...(signal && { signal }) };
  const trainer = await createTrainer(graph, parameters, {
    ...parallel,
    learningRate: settings.learningRate,
    weightDecay: settings.weightDecay,
    warmUpSteps: WARM_UP_STEPS,
    averageDecay: AVERAGE_DECAY,
  });
  let scoring: SequenceScoring | undefined;
  try {
    scoring = await openSequenceScoring(settings, items.items.length, parallel);
    const context = {
      trainer,
      scoring,
      batches,
      sequences,
      settings,
      random: random.fork('epochs'),
      options,
    };
    const blind = sequences.validation.length === 0;
    const run = await runEpochs(trainer, parameters, {
      ...settings,
      decay: true,
      maxEpochs: blind ? Math.min(BLIND_EPOCHS, settings.maxEpochs) : settings.maxEpochs,
      runEpoch: (epoch, timeIsOver) => runEpoch(context, epoch, timeIsOver),
      ...(blind ? {} : { judge: () => validationNdcg(context, parameters) }),
      ...(options.onNote && { onNote: options.onNote }),
      ...(options.onLimit && { onLimit: options.onLimit }),
    });
    return { ...result, epochs: run.epochs, validationNdcg: run.ndcg };
  } finally {
    await Promise.all([trainer.close(), scoring?.close()]);
  }
}

interface Context {
  readonly trainer: Trainer;
  readonly scoring: SequenceScoring;
  readonly batches: TrainingBatches;
  readonly sequences: Sequences;
  readonly settings: SequentialSettings;
  readonly random: Random;
  readonly options: TrainingOptions;
}

/** @returns the mean loss */
async function runEpoch(context: Context, epoch: number, timeIsOver: () => boolean): Promise<number> {
  const { trainer, batches, sequences, settings, random, options } = context;
  const draws = random.fork(String(epoch));
  const windows = drawWindows(sequences.lengths, settings.maxLength, draws);
  const groups = packWindows(windows, batches.positions, draws);
  const steps = Math.ceil(groups.length / batches.groupsPerStep);
  let loss = 0;
  let done = 0;
  const feedsOf = (step: number): Feeds[] =>
    batches.feeds(groups.slice(step * batches.groupsPerStep, (step + 1) * batches.groupsPerStep), draws);
  let next = feedsOf(0);
  for (let step = 0; step < steps && !(done > 0 && timeIsOver()); step++) {
    options.signal?.throwIfAborted();
    const running = trainer.step(next);
    // While the threads are at work.
    if (step + 1 < steps) next = feedsOf(step + 1);
    loss += await running;
    done++;
    // In tenths of an epoch: the number is shown to people.
    options.onProgress?.(epoch + Math.floor((10 * done) / steps) / 10, settings.maxEpochs);
  }
  return loss / done;
}

/** Full ranking without the history, as evaluations do. */
async function validationNdcg(
  { scoring, sequences, settings }: Context,
  parameters: Parameters,
): Promise<number> {
  const { rows, start, lengths, validation } = sequences;
  const histories = Array.from(validation, (user) =>
    rows.subarray(start[user]!, start[user]! + lengths[user]!),
  );
  const gains = new Float64Array(validation.length);
  await scoring.score(
    parameters,
    histories.map((history) => history.slice(-settings.maxLength)),
    (index, scores) => {
      const user = validation[index]!;
      const target = rows[start[user]! + lengths[user]!]!;
      gains[index] = gainOf(scores, histories[index]!, target);
    },
  );
  return gains.reduce((sum, gain) => sum + gain, 0) / validation.length;
}
