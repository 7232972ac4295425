/**
 * The lines of rankers: log-odds of a watch, and the hours of one. Where a title stood is a part of the first in training alone: how far
 * down its page, and whether it stood on one. Served are the weights of the ranking columns, at the place that titles have on the whole.
 */
import { HOUR_MS } from '@marquee/domain';
import { RANKING_COLUMNS } from '@marquee/features';
import { type LogisticRegression, trainLogisticRegression } from '../logistic-regression.ts';
import { fitRidge } from '../ridge-regression.ts';
import { type WeightBelief, whereZero } from '../weight-belief.ts';
import { EXPOSURE_COLUMNS } from './choices.ts';
import { LINE_COLUMNS } from './line-columns.ts';
import {
  drawnExamples,
  PLACES_PER_ROW,
  type RankingExamples,
  rowsWhere,
  takeRows,
  withoutColumns,
} from './ranking-examples.ts';

/**
 * The penalty weighs as much as so many examples, however many there are: some thousand leave fifty weights loose, which so much of a
 * prior ties down, and of a hundred thousand nobody feels it.
 */
const LINE_PRIOR_EXAMPLES = 50;

/** On standardised weights, per example: what the fit takes. */
export function linePenalty({ rows, weights }: Pick<RankingExamples, 'rows' | 'weights'>): number {
  return LINE_PRIOR_EXAMPLES / weights.subarray(0, rows).reduce((sum, weight) => sum + weight, 0);
}

/** Of the first ranker there was, per example. */
const FIRST_L2 = 1e-3;
const HOURS_L2 = 1e-2;
/** Watches of known length that the hours need. */
const LEAST_WATCHES = 200;
const SECONDS_PER_HOUR = HOUR_MS / 1000;

/** In the ranking columns' own units. */
export type Line = Pick<LogisticRegression, 'weights' | 'intercept'>;

const EXPOSURE = EXPOSURE_COLUMNS.map((name) => RANKING_COLUMNS.indexOf(name));

/**
 * What rises within minutes, a line takes for worth: in a closed loop its pages came to be worth 3 % less for it, with each of three seeds
 * (ADR 0096). Trees and networks can tell when it matters.
 */
const NOW_COLUMNS: readonly string[] = ['trend_now'];
const NOW = NOW_COLUMNS.map((name) => RANKING_COLUMNS.indexOf(name));

export interface WatchLine extends Line {
  /** Of LINE_COLUMNS: what is known of them now. */
  readonly belief: WeightBelief;
}

/**
 * To have been passed over never speaks for a title, whatever a log may say: what a policy repeats it repeats for its own reasons.
 * @param choices of `choicesOf`
 * @param known of the weights of LINE_COLUMNS, from other examples
 */
export async function fitWatchLine(choices: RankingExamples, known?: WeightBelief): Promise<WatchLine> {
  const drawn = drawnExamples(choices);
  const fitted = await fit(drawn, NOW, known);
  const against = EXPOSURE.filter((column) => fitted.weights[column]! > 0);
  const { belief, ...line } = against.length === 0 ? fitted : await fit(drawn, [...NOW, ...against], known);
  return { ...servedPart(line, drawn), belief };
}

/** As ADR 0012 had it: without places, and whatever exposure seems to speak for. @param drawn watches and random titles */
export async function fitFirstLine(drawn: RankingExamples): Promise<Line> {
  return trainLogisticRegression(withoutColumns(drawn, NOW_COLUMNS), { l2: FIRST_L2 });
}

/** How much less often a title is watched one row further down, and one place further along, all else the same: logarithms, at most 0. */
export interface PlaceEffect {
  readonly row: number;
  readonly position: number;
}

/** @param choices of `choicesOf` */
export async function fitPlaceEffect(choices: RankingExamples): Promise<PlaceEffect> {
  const drawn = drawnExamples(choices);
  const { weights } = await fit(drawn, NOW, undefined);
  return {
    row: Math.min(0, weights[drawn.columns]!),
    position: Math.min(0, weights[drawn.columns + 1]!),
  };
}

/** A place is a constant to a page that is not made yet: which one, the scale of the probabilities decides. */
function servedPart({ weights, intercept }: Line, set: RankingExamples): Line {
  const { columns, rows } = set;
  const [ofRow, ofPosition, ofPage] = weights.slice(columns);
  let [sum, all] = [0, 0];
  for (let row = 0; row < rows; row++) {
    if (set.onPage?.[row] !== 1) continue;
    const place = placeOf(set, row);
    sum += set.weights[row]! * (ofRow! * place.row + ofPosition! * place.position);
    all += set.weights[row]!;
  }
  const usual = all === 0 ? 0 : sum / all;
  return { weights: weights.slice(0, columns), intercept: intercept + ofPage! + usual };
}

function placeOf({ places }: RankingExamples, row: number): PlaceEffect {
  const place = places?.[row] ?? 0;
  if (Number.isNaN(place)) return { row: 0, position: 0 };
  return { row: Math.floor(place / PLACES_PER_ROW), position: place % PLACES_PER_ROW };
}

async function fit(
  set: RankingExamples,
  ignored: readonly number[],
  known: WeightBelief | undefined,
): Promise<LogisticRegression> {
  const { rows, columns, labels, weights, onPage } = set;
  const width = LINE_COLUMNS.length;
  const matrix = new Float32Array(rows * width);
  for (let row = 0; row < rows; row++) {
    const from = row * width;
    matrix.set(set.matrix.subarray(row * columns, (row + 1) * columns), from);
    for (const column of ignored) matrix[from + column] = 0;
    if (onPage?.[row] !== 1) continue;
    const place = placeOf(set, row);
    matrix[from + columns] = place.row;
    matrix[from + columns + 1] = place.position;
    matrix[from + columns + 2] = 1;
  }
  const data = { matrix, rows, columns: width, labels, weights };
  const l2 = linePenalty(set);
  if (known === undefined) return trainLogisticRegression(data, { l2 });
  const isKnown = (column: number): boolean => known.precision[column * width + column]! > 0;
  return trainLogisticRegression(data, {
    // What is known has had its penalty when it was learned.
    l2: Float64Array.from({ length: width }, (_, column) => (isKnown(column) ? 0 : l2)),
    prior: whereZero(known, ignored),
  });
}

/** Hours of a qualified watch. @returns undefined where too few lengths are known */
export async function fitHoursLine(set: RankingExamples): Promise<Line | undefined> {
  const { watchSeconds, labels } = set;
  if (watchSeconds === undefined) return undefined;
  const watched = takeRows(
    withoutColumns(set, [...EXPOSURE_COLUMNS, ...NOW_COLUMNS]),
    rowsWhere(set, (row) => labels[row]! > 0.5 && watchSeconds[row]! > 0),
  );
  if (watched.rows < LEAST_WATCHES) return undefined;
  return fitRidge({
    ...watched,
    targets: watched.watchSeconds!.map((seconds) => seconds / SECONDS_PER_HOUR),
    l2: HOURS_L2,
  });
}
