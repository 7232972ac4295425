/** Trains both towers; when to end is judged as for the sequential model, by last interactions that are kept back. */
import { createRandom } from '@marquee/domain';
import type { Interactions } from '../../interactions/index.ts';
import { defaultThreads } from '../../kernels/kernel-pool.ts';
import { runEpochs } from '../../neural/early-stopping.ts';
import { initialParameters, type Parameters } from '../../neural/parameters.ts';
import { createTrainer } from '../../neural/trainer.ts';
import type { TrainingOptions } from '../retrieval-model.ts';
import { gainOf, type ItemRows, itemRows, type Sequences, sequencesOf } from '../sequential/sequence-data.ts';
import { sequenceVector } from '../sequential/sequence-forward.ts';
import { createSequenceTowerBatches } from './sequence-tower-batches.ts';
import type { TitleContent } from './title-content.ts';
import { type TitleSlots, titleSlots } from './title-group.ts';
import { createTowerBatches, GROUPS_PER_STEP, type TowerBatches } from './tower-batches.ts';
import { inputsOf, meanOf, titleInputs, titleVectors, userVector } from './tower-forward.ts';
import { towerParameters, towerTrainingGraph } from './tower-graph.ts';
import { sequenceSettings, type TwoTowerSettings } from './two-tower-options.ts';
import { contextOf, historyWeights } from './user-history.ts';

const WARM_UP_STEPS = 100;
const AVERAGE_DECAY = 0.995;
/** Without a validation, which tells when to stop. */
const BLIND_EPOCHS = 10;
const USERS_PER_TURN = 64;

export interface TrainedTowers {
  readonly settings: TwoTowerSettings;
  readonly items: ItemRows;
  readonly slots: TitleSlots;
  readonly parameters: Parameters;
  /** 0 when nobody has two interactions: nothing was learnt. */
  readonly epochs: number;
  /** NDCG@10 of the kept-back interactions; undefined without any. */
  readonly validationNdcg: number | undefined;
  /** Users whose last interaction was kept back for that, ascending. */
  readonly validation: Uint32Array;
  /** Of each of them; their mean is `validationNdcg`. */
  readonly validationGains: Float64Array;
}

/** Deterministic for a seed, whatever the threads, unless `minutes` ends it. @param content by item */
export async function trainTowers(
  interactions: Interactions,
  content: TitleContent | undefined,
  settings: TwoTowerSettings,
  options: TrainingOptions,
): Promise<TrainedTowers> {
  const { threads = defaultThreads(), signal, onNote, onLimit } = options;
  const random = createRandom(options.seed);
  const items = itemRows(interactions);
  const slots = titleSlots(items, content, settings.buckets);
  const sequences = sequencesOf(interactions, items, settings.validationUsers, random.fork('validation'));
  const specs = towerParameters(settings, items.items.length);
  const parameters = initialParameters(specs, random.fork('weights').integer(2 ** 31));
  const towers = { settings, items, slots, parameters, validation: sequences.validation };
  if (sequences.lengths.every((length) => length < 2)) {
    return { ...towers, epochs: 0, validationNdcg: undefined, validationGains: new Float64Array() };
  }
  const trainer = await createTrainer(towerTrainingGraph(settings, items.items.length), parameters, {
    threads: Math.min(threads, GROUPS_PER_STEP),
    ...(signal && { signal }),
    learningRate: settings.learningRate,
    weightDecay: settings.weightDecay,
    warmUpSteps: WARM_UP_STEPS,
    averageDecay: AVERAGE_DECAY,
  });
  const epochs = random.fork('epochs');

  const epochsOf =
    <Group>(batches: TowerBatches<Group>) =>
    async (epoch: number, timeIsOver: () => boolean): Promise<number> => {
      const draws = epochs.fork(String(epoch));
      const groups = batches.groups(draws);
      const steps = Math.ceil(groups.length / GROUPS_PER_STEP);
      let loss = 0;
      let done = 0;
      for (let step = 0; step < steps && !(done > 0 && timeIsOver()); step++) {
        signal?.throwIfAborted();
        const own = groups.slice(step * GROUPS_PER_STEP, (step + 1) * GROUPS_PER_STEP);
        loss += await trainer.step(batches.feeds(own, draws));
        done++;
        options.onProgress?.(epoch + done / steps, settings.maxEpochs);
      }
      return loss / done;
    };

  try {
    const blind = sequences.validation.length === 0;
    const run = await runEpochs(trainer, parameters, {
      ...settings,
      // As the sequential model's.
      decay: settings.blocks > 0,
      maxEpochs: blind ? Math.min(BLIND_EPOCHS, settings.maxEpochs) : settings.maxEpochs,
      runEpoch:
        settings.blocks > 0
          ? epochsOf(createSequenceTowerBatches(sequences, items, slots, settings, random))
          : epochsOf(createTowerBatches(sequences, items, slots, settings)),
      ...(blind ? {} : { judge: async () => meanOfAll(await validationGains(towers, sequences, signal)) }),
      ...(onNote && { onNote }),
      ...(onLimit && { onLimit }),
    });
    const gains = await validationGains(towers, sequences, signal);
    return { ...towers, epochs: run.epochs, validationNdcg: run.ndcg, validationGains: gains };
  } finally {
    await trainer.close();
  }
}

export type TowerScorer = (
  /** Of the title table, the oldest first, at least one. */
  rows: Uint32Array,
  /** By row, overwritten. */
  scores: Float32Array,
) => void;

/** Of the weights as they are now: title vectors are computed once. */
export function createTowerScorer({
  settings,
  slots,
  parameters,
}: Pick<TrainedTowers, 'settings' | 'slots' | 'parameters'>): TowerScorer {
  const { dimensions: d, historyLength } = settings;
  const z = titleInputs(parameters, slots);
  const vectors = titleVectors(
    parameters,
    settings.titleIds === 1 ? z : titleInputs(parameters, slots, false),
  );
  return (rows, scores) => {
    const newest = rows.subarray(Math.max(0, rows.length - historyLength));
    const user =
      settings.blocks > 0
        ? sequenceVector(sequenceSettings(settings), parameters, inputsOf(z, d, newest))
        : meansVector(settings, parameters, z, newest);
    for (let row = 0; row < scores.length; row++) {
      let sum = 0;
      for (let k = 0; k < d; k++) sum += user[k]! * vectors[row * d + k]!;
      scores[row] = sum;
    }
  };
}

function meansVector(
  settings: TwoTowerSettings,
  parameters: Parameters,
  z: Float32Array,
  rows: Uint32Array,
): Float32Array {
  const { dimensions: d } = settings;
  const { recent, taste } = historyWeights(settings, rows.length);
  return userVector(
    parameters,
    meanOf(z, d, rows, recent),
    meanOf(z, d, rows, taste),
    contextOf(rows.length),
  );
}

/** NDCG@10 by validation user, by full ranking. */
async function validationGains(
  towers: Pick<TrainedTowers, 'settings' | 'slots' | 'parameters' | 'items'>,
  { rows, start, lengths, validation }: Sequences,
  signal: AbortSignal | undefined,
): Promise<Float64Array> {
  const score = createTowerScorer(towers);
  const scores = new Float32Array(towers.items.items.length);
  const gains = new Float64Array(validation.length);
  for (const [i, user] of validation.entries()) {
    if (i % USERS_PER_TURN === 0) {
      await new Promise(setImmediate);
      signal?.throwIfAborted();
    }
    const last = start[user]! + lengths[user]!;
    const history = rows.subarray(start[user]!, last);
    score(history, scores);
    gains[i] = gainOf(scores, history, rows[last]!);
  }
  return gains;
}

function meanOfAll(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
