/**
 * What every ranker learns from: rows as they would have been served, and what came of each. Made by replaying the log
 * (`buildTrainingSet`) or read from a training set of the lake; the trainers do not care which.
 */
import { RANKING_COLUMNS } from '@marquee/features';
import { MarqueeError } from '@marquee/service-kit';

export interface RankingExamples {
  /** Row-major, `rows × RANKING_COLUMNS.length`; groups in order of time, the positive first in its group. */
  readonly matrix: Float32Array;
  readonly rows: number;
  readonly columns: number;
  /** 1: watched for more than two minutes. */
  readonly labels: Float32Array;
  readonly weights: Float32Array;
  /** Row → number of its group: one positive and its negatives. */
  readonly groups: Uint32Array;
  readonly positives: number;
  /** Instants of the first and last example, epoch milliseconds. */
  readonly from: number;
  readonly to: number;
  /** Instant of each row's decision. Absent: all examples are taken to be equally old. */
  readonly at?: Float64Array;
  /** Most seconds watched in one playback; 0 where nothing was played. Absent: not known. */
  readonly watchSeconds?: Float32Array;
  /**
   * How far down the page a title stood, `row × 10 + position in its row`, NaN where it was not on screen. A random negative stands
   * where its positive stood. For training alone: nobody knows it before the page is made.
   */
  readonly places?: Float32Array;
  /** What each row is, an ExampleKind. Absent: every row is a positive or one of its random negatives. */
  readonly kinds?: Uint8Array;
  /** Of the time of the examples. Absent: not known. */
  readonly shown?: ShownTitles;
  /** 1: its group was chosen from a page, 0: from the catalogue. Of `choicesOf` alone. */
  readonly onPage?: Uint8Array;
  /** Mean and standard deviation of each column, for watching drift. */
  readonly columnStatistics: readonly ColumnStatistics[];
}

/** Titles that were on screen, all of them: of what was passed over the rows are a sample. */
export interface ShownTitles {
  readonly watched: number;
  readonly passedOver: number;
}

/** In `places`, a row of the page is worth ten places in one. */
export const PLACES_PER_ROW = 10;

export const EXAMPLE_KIND = {
  /** A positive, or a random negative of it. */
  drawn: 0,
  /** On screen, and no qualified watch followed. */
  passedOver: 1,
  /** Begun, and given up before it was a qualified watch. */
  givenUp: 2,
} as const;

export interface ColumnStatistics {
  readonly name: string;
  readonly mean: number;
  readonly deviation: number;
}

/**
 * Examples from elsewhere, as the trainers take them: weights of 1, positives and statistics counted here.
 * @throws MarqueeError BAD_USER_INPUT where the arrays do not fit together, or rows are not of the ranker's columns
 */
export function rankingExamples(
  given: Pick<RankingExamples, 'matrix' | 'rows' | 'labels' | 'groups' | 'from' | 'to'> &
    Partial<Pick<RankingExamples, 'weights' | 'at' | 'watchSeconds' | 'places' | 'kinds' | 'shown'>>,
): RankingExamples {
  const { matrix, rows, labels, groups } = given;
  const columns = RANKING_COLUMNS.length;
  const { weights = new Float32Array(rows).fill(1) } = given;
  const shortest = Math.min(labels.length, groups.length, weights.length);
  if (matrix.length !== rows * columns || shortest < rows) {
    throw new MarqueeError('BAD_USER_INPUT', {
      message: `examples: ${matrix.length} values and ${shortest} labels for ${rows} rows of ${columns} columns`,
      field: 'rows',
    });
  }
  let positives = 0;
  for (let row = 0; row < rows; row++) if (labels[row]! > 0.5) positives++;
  return { ...given, columns, weights, positives, columnStatistics: columnStatistics(matrix, rows) };
}

/**
 * What every trainer asks of its examples first. Places alone may be NaN.
 * @throws MarqueeError BAD_USER_INPUT naming the first row that nothing can be learned from, and what it holds
 */
export function requireTrainable(set: RankingExamples): void {
  const { matrix, rows, columns, labels, weights, watchSeconds, at, places } = set;
  const refuse = (row: number, what: string, field: string): never => {
    throw new MarqueeError('BAD_USER_INPUT', { message: `examples: row ${row} ${what}`, field });
  };
  for (let row = 0; row < rows; row++) {
    const [label, weight] = [labels[row]!, weights[row]!];
    if (!(label >= 0 && label <= 1)) refuse(row, `has the label ${label}`, 'labels');
    if (!isAmount(weight)) refuse(row, `weighs ${weight}`, 'weights');
    if (watchSeconds !== undefined && !isAmount(watchSeconds[row]!)) {
      refuse(row, `was watched for ${watchSeconds[row]} seconds`, 'watchSeconds');
    }
    if (at !== undefined && !Number.isFinite(at[row]!)) refuse(row, `is of the instant ${at[row]}`, 'at');
    if (places !== undefined && !(Number.isNaN(places[row]!) || isAmount(places[row]!))) {
      refuse(row, `stood in place ${places[row]}`, 'places');
    }
    for (let c = 0; c < columns; c++) {
      const value = matrix[row * columns + c]!;
      if (!Number.isFinite(value)) refuse(row, `has ${value} as its ${RANKING_COLUMNS[c]}`, 'matrix');
    }
  }
}

function isAmount(value: number): boolean {
  return value >= 0 && value < Number.POSITIVE_INFINITY;
}

export function columnStatistics(matrix: Float32Array, rows: number): readonly ColumnStatistics[] {
  const columns = RANKING_COLUMNS.length;
  return RANKING_COLUMNS.map((name, c) => {
    let sum = 0;
    let squares = 0;
    for (let r = 0; r < rows; r++) sum += matrix[r * columns + c]!;
    const mean = rows === 0 ? 0 : sum / rows;
    for (let r = 0; r < rows; r++) squares += (matrix[r * columns + c]! - mean) ** 2;
    return { name, mean, deviation: rows === 0 ? 0 : Math.sqrt(squares / rows) };
  });
}

/** Some of the rows, in the order given. */
export function takeRows(set: RankingExamples, chosen: ArrayLike<number>): RankingExamples {
  const { columns } = set;
  const rows = chosen.length;
  const matrix = new Float32Array(rows * columns);
  const pick = <T extends Float32Array | Float64Array | Uint32Array | Uint8Array>(values: T): T => {
    const picked = new (values.constructor as new (length: number) => T)(rows);
    for (let i = 0; i < rows; i++) picked[i] = values[chosen[i]!]!;
    return picked;
  };
  let positives = 0;
  for (let i = 0; i < rows; i++) {
    const row = chosen[i]!;
    matrix.set(set.matrix.subarray(row * columns, (row + 1) * columns), i * columns);
    if (set.labels[row]! > 0.5) positives++;
  }
  return {
    ...set,
    ...{ matrix, rows, positives },
    ...{ labels: pick(set.labels), weights: pick(set.weights), groups: pick(set.groups) },
    ...(set.at && { at: pick(set.at) }),
    ...(set.watchSeconds && { watchSeconds: pick(set.watchSeconds) }),
    ...(set.places && { places: pick(set.places) }),
    ...(set.kinds && { kinds: pick(set.kinds) }),
    ...(set.onPage && { onPage: pick(set.onPage) }),
  };
}

/** Row numbers for which it holds. */
export function rowsWhere(set: Pick<RankingExamples, 'rows'>, holds: (row: number) => boolean): Uint32Array {
  const rows: number[] = [];
  for (let row = 0; row < set.rows; row++) if (holds(row)) rows.push(row);
  return Uint32Array.from(rows);
}

/** Positives and their negatives alone, without what was only begun; of `choicesOf`, what a watch is compared with. */
export function drawnExamples(set: RankingExamples): RankingExamples {
  const { kinds } = set;
  if (kinds === undefined) return set;
  return takeRows(
    set,
    rowsWhere(set, (row) => kinds[row] === EXAMPLE_KIND.drawn),
  );
}

/** The first `share` of the groups in order of time, and the rest: nothing of the future trains. */
export function splitByTime(
  set: RankingExamples,
  share: number,
): readonly [RankingExamples, RankingExamples] {
  const groups = new Set(set.groups).size;
  const sorted = [...new Set(set.groups)].sort((a, b) => a - b);
  const first = sorted[Math.floor(groups * share)] ?? Number.POSITIVE_INFINITY;
  return [
    takeRows(
      set,
      rowsWhere(set, (row) => set.groups[row]! < first),
    ),
    takeRows(
      set,
      rowsWhere(set, (row) => set.groups[row]! >= first),
    ),
  ];
}

/** Columns whose values are nothing but 0, so that nothing is learned from them. The matrix is a copy. */
export function withoutColumns(set: RankingExamples, names: readonly string[]): RankingExamples {
  if (names.length === 0) return set;
  const unknown = names.find((name) => !RANKING_COLUMNS.includes(name));
  if (unknown !== undefined) {
    throw new MarqueeError('BAD_USER_INPUT', {
      message: `there is no ranking column ${unknown}`,
      field: 'ignoredColumns',
    });
  }
  const matrix = set.matrix.slice(0, set.rows * set.columns);
  for (const name of names) {
    const column = RANKING_COLUMNS.indexOf(name);
    for (let row = 0; row < set.rows; row++) matrix[row * set.columns + column] = 0;
  }
  return { ...set, matrix };
}
