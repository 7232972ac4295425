/** Examples as the tasks of the network see them: what each task asks of each row, and batches of them as feeds. */
import { HOUR_MS } from '@marquee/domain';
import type { Feeds } from '../../neural/graph-messages.ts';
import { isGivenUp } from '../given-up.ts';
import { EXAMPLE_KIND, type RankingExamples, rowsWhere } from '../ranking-examples.ts';
import { withTrainingColumns } from '../training-columns.ts';
import { type Standardisation, standardise } from './multi-task-model.ts';
import { PLACE_COLUMNS, TASKS, type Task } from './multi-task-network.ts';

/** Plays of either outcome that a task needs; as the trees'. */
const LEAST_PLAYS = 200;
const SECONDS_PER_HOUR = HOUR_MS / 1000;
/** Places and ages are large numbers, and the steps are all of one size. */
const PLACE_SCALE = 0.1;
const AGE_SCALE = 1 / 30;

/** What one task asks of each row; rows that weigh 0 are not asked. */
export interface TaskRows {
  readonly labels: Float32Array;
  readonly weights: Float32Array;
}

export type Tasks = Partial<Readonly<Record<Task, TaskRows>>> & { readonly watch: TaskRows };

/** Tasks that too few rows can answer are left out. */
export function taskRows(set: RankingExamples): Tasks {
  const { rows, labels, weights, watchSeconds, kinds } = set;
  const by = (value: (row: number) => number): Float32Array =>
    Float32Array.from({ length: rows }, (_, row) => value(row));
  const kind = (row: number): number => kinds?.[row] ?? EXAMPLE_KIND.drawn;
  const watch = { labels, weights: by((row) => (kind(row) === EXAMPLE_KIND.drawn ? weights[row]! : 0)) };
  if (watchSeconds === undefined) return { watch };
  const watched = by((row) => Number(labels[row]! > 0.5 && watchSeconds[row]! > 0));
  const begun = by((row) => Number(watchSeconds[row]! > 0 || kind(row) === EXAMPLE_KIND.givenUp));
  const givenUp = by((row) => begun[row]! * Number(isGivenUp(set, row)));
  if (sumOf(watched) < LEAST_PLAYS) return { watch };
  const hours = { labels: by((row) => watchSeconds[row]! / SECONDS_PER_HOUR), weights: watched };
  const lost = sumOf(givenUp);
  if (lost < LEAST_PLAYS || sumOf(begun) - lost < LEAST_PLAYS) return { watch, hours };
  return { watch, hours, abandonment: { labels: givenUp, weights: begun } };
}

export function sumOf(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** Deviation of a column that is constant: nothing was learned from it, and what it is served with must not be heard by weights that nothing has trained. */
const UNHEARD = 1e30;

export function standardisationOf({ matrix, rows, columns }: RankingExamples): Standardisation {
  const means = new Float32Array(columns);
  const deviations = new Float32Array(columns);
  for (let c = 0; c < columns; c++) {
    let sum = 0;
    let squares = 0;
    for (let row = 0; row < rows; row++) sum += matrix[row * columns + c]!;
    const mean = sum / rows;
    for (let row = 0; row < rows; row++) squares += (matrix[row * columns + c]! - mean) ** 2;
    means[c] = mean;
    deviations[c] = Math.sqrt(squares / rows) || UNHEARD;
  }
  return { means, deviations };
}

export interface TrainingRows {
  readonly columns: number;
  readonly x: Float32Array;
  readonly place: Float32Array;
  readonly tasks: Readonly<Record<Task, TaskRows>>;
  /** By task: 1 over what a row weighs on average. */
  readonly scales: Readonly<Record<Task, number>>;
  /** Rows that some task asks. */
  readonly places: Uint32Array;
}

export function trainingRows(
  set: RankingExamples,
  given: Tasks,
  standardisation: Standardisation,
  now: number,
): TrainingRows {
  const { rows, columns } = set;
  const x = new Float32Array(rows * columns);
  const place = new Float32Array(rows * PLACE_COLUMNS);
  const wide = withTrainingColumns(set, now);
  for (let row = 0; row < rows; row++) {
    x.set(
      standardise(set.matrix.subarray(row * columns, (row + 1) * columns), standardisation),
      row * columns,
    );
    const [at, age] = wide.matrix.subarray(row * wide.columns + columns, (row + 1) * wide.columns);
    // Not on screen, or of unknown age: as if first and new.
    place[row * PLACE_COLUMNS] = Number.isNaN(at!) ? 0 : PLACE_SCALE * at!;
    place[row * PLACE_COLUMNS + 1] = Number.isNaN(age!) ? 0 : AGE_SCALE * age!;
  }
  const nothing = { labels: new Float32Array(rows), weights: new Float32Array(rows) };
  const tasks = Object.fromEntries(TASKS.map((task) => [task, given[task] ?? nothing])) as Record<
    Task,
    TaskRows
  >;
  const places = rowsWhere(set, (row) => TASKS.some((task) => tasks[task].weights[row]! > 0));
  const scales = Object.fromEntries(
    TASKS.map((task) => [task, places.length / Math.max(1, sumOf(tasks[task].weights))]),
  ) as Record<Task, number>;
  return { columns, x, place, tasks, scales, places };
}

/** Weights by what they are on average, not by their sum in the batch: one play among 512 rows must not count as all of them. */
export function batchFeeds(
  { columns, x, place, tasks, scales }: TrainingRows,
  batch: readonly number[],
): Feeds {
  const take = (values: Float32Array, width: number, factor = 1) => {
    const data = new Float32Array(batch.length * width);
    for (const [i, row] of batch.entries()) {
      for (let k = 0; k < width; k++) data[i * width + k] = factor * values[row * width + k]!;
    }
    return { data, dims: [batch.length, width] };
  };
  return {
    features: take(x, columns),
    place: take(place, PLACE_COLUMNS),
    ...Object.fromEntries(
      TASKS.flatMap((task) => [
        [`${task}.labels`, take(tasks[task].labels, 1)],
        [`${task}.weights`, take(tasks[task].weights, 1, scales[task] / batch.length)],
      ]),
    ),
  };
}
