/** Grows the three ensembles of a ranker, and fits the linear part they begin with and the calibration they end with. */
import { HOUR_MS } from '@marquee/domain';
import { RANKING_COLUMNS } from '@marquee/features';
import { type Calibration, fitPlatt } from '../calibration/index.ts';
import type { GbdtOptions } from '../gbdt/gbdt-options.ts';
import { trainGbdt } from '../gbdt/train-gbdt.ts';
import { EXPOSURE_COLUMNS } from './choices.ts';
import { fitWatchLine } from './fit-line.ts';
import { type GbdtRankerModel, linearScores, watchLogits } from './gbdt-ranker-model.ts';
import { isGivenUp } from './given-up.ts';
import {
  drawnExamples,
  EXAMPLE_KIND,
  type RankingExamples,
  rowsWhere,
  takeRows,
  withoutColumns,
} from './ranking-examples.ts';
import { withoutTrainingColumns, withTrainingColumns } from './training-columns.ts';

export const MOST_TREES = 400;
const PATIENCE = 25;
/** Some tens of thousands of rows are done before threads have divided them, and on a busy machine they would wait for each other. */
const THREADS = 1;
const SECONDS_PER_HOUR = HOUR_MS / 1000;
/** Plays of either outcome that an abandonment model needs. */
const LEAST_PLAYS = 200;

/**
 * More of it never speaks against a title (1), or for it (−1). It keeps trees from learning the exceptions of a few hundred rows, and makes their
 * reasons ones that can be said aloud. Popularity, age and length are left free.
 */
const MONOTONE: Readonly<Record<string, 1 | -1>> = {
  like_ratio: 1,
  completion_ratio: 1,
  abandonment_ratio: -1,
  genre_affinity_max: 1,
  genre_affinity_mean: 1,
  director_affinity: 1,
  people_affinity: 1,
  era_affinity: 1,
  studio_affinity: 1,
  content_similarity: 1,
  co_watch: 1,
  collaborative: 1,
  onboarding_match: 1,
  followed_person: 1,
  in_my_list: 1,
  preferred_genres: 1,
  preferred_decade: 1,
  preferred_fame: 1,
  seen_without_play: -1,
};

const monotone = Object.fromEntries(
  Object.entries(MONOTONE).map(([name, direction]) => [RANKING_COLUMNS.indexOf(name), direction]),
);

export const WATCH_OPTIONS = {
  objective: 'logistic',
  trees: MOST_TREES,
  leaves: 8,
  learningRate: 0.04,
  minChildRows: 60,
  minChildWeight: 2,
  l2: 10,
  columnFraction: 0.6,
  rowFraction: 0.8,
  monotone,
} as const satisfies Omit<GbdtOptions, 'seed'>;
const HOURS_OPTIONS: Omit<GbdtOptions, 'seed'> = {
  objective: 'squared',
  trees: 60,
  leaves: 8,
  learningRate: 0.08,
  minChildRows: 100,
  l2: 20,
  columnFraction: 0.6,
};
const ABANDONMENT_OPTIONS: Omit<GbdtOptions, 'seed'> = {
  objective: 'logistic',
  trees: 60,
  leaves: 8,
  learningRate: 0.06,
  minChildRows: 100,
  l2: 20,
  columnFraction: 0.6,
};

export interface GrowOptions {
  readonly seed: number;
  readonly now: number;
  readonly signal?: AbortSignal | undefined;
  /** Ends the growing, and calibrates. */
  readonly validation?: RankingExamples;
  /** How many, where nothing ends the growing. */
  readonly trees?: number;
  readonly onTrees?: (trees: number) => void;
}

/** @param set of `choicesOf`, with at least LEAST_POSITIVES positives */
export async function growRanker(set: RankingExamples, options: GrowOptions): Promise<GbdtRankerModel> {
  const { seed, now, validation, trees = MOST_TREES, signal, onTrees } = options;
  const training = { threads: THREADS, ...(signal && { signal }) };
  const drawn = drawnExamples(set);
  const linear = await fitWatchLine(set);
  const withMargins = (part: RankingExamples) => ({
    ...withTrainingColumns(part, now),
    margins: linearScores(linear, part.matrix, part.rows),
  });
  const { model: watch } = await trainGbdt(
    withMargins(drawn),
    { ...WATCH_OPTIONS, trees, seed, earlyStopping: validation === undefined ? 0 : PATIENCE },
    {
      ...training,
      ...(validation && { validation: withMargins(validation) }),
      ...(onTrees && { onProgress: (progress) => onTrees(progress.trees) }),
    },
  );
  const served = withoutTrainingColumns(watch);
  const length = await growLength(withoutColumns(set, EXPOSURE_COLUMNS), options);
  const score = { linear, watch: served };
  return {
    ...score,
    calibration: validation === undefined ? UNCALIBRATED : calibrationOn(score, validation),
    ...(length && { length }),
  };
}

/** Sigmoid alone. */
const UNCALIBRATED: Calibration = { kind: 'platt', slope: 1, intercept: 0 };

function calibrationOn(model: Pick<GbdtRankerModel, 'linear' | 'watch'>, set: RankingExamples): Calibration {
  const predictions = watchLogits(model, set.matrix, set.rows);
  return fitPlatt({ predictions, labels: set.labels, weights: set.weights });
}

/** Undefined where nobody knows how long anything was watched. */
async function growLength(
  set: RankingExamples,
  { seed, now, signal }: GrowOptions,
): Promise<GbdtRankerModel['length']> {
  const { watchSeconds, kinds } = set;
  if (watchSeconds === undefined) return undefined;
  const training = { threads: THREADS, ...(signal && { signal }) };
  const watched = rowsWhere(set, (row) => set.labels[row]! > 0.5 && watchSeconds[row]! > 0);
  if (watched.length < LEAST_PLAYS) return undefined;
  const rows = takeRows(set, watched);
  const { model: hours } = await trainGbdt(
    {
      ...withTrainingColumns(rows, now),
      labels: rows.watchSeconds!.map((seconds) => seconds / SECONDS_PER_HOUR),
      weights: new Float32Array(rows.rows).fill(1),
    },
    { ...HOURS_OPTIONS, seed },
    training,
  );
  const begun = takeRows(
    set,
    rowsWhere(set, (row) => watchSeconds[row]! > 0 || kinds?.[row] === EXAMPLE_KIND.givenUp),
  );
  const abandoned = Float32Array.from({ length: begun.rows }, (_, row) => Number(isGivenUp(begun, row)));
  const count = abandoned.reduce((sum, each) => sum + each, 0);
  const known = count >= LEAST_PLAYS && begun.rows - count >= LEAST_PLAYS;
  const abandonment = known
    ? (
        await trainGbdt(
          {
            ...withTrainingColumns(begun, now),
            labels: abandoned,
            weights: new Float32Array(begun.rows).fill(1),
          },
          { ...ABANDONMENT_OPTIONS, seed },
          training,
        )
      ).model
    : undefined;
  return {
    hours: withoutTrainingColumns(hours),
    ...(abandonment && { abandonment: withoutTrainingColumns(abandonment) }),
  };
}
