/**
 * The first ranker of an installation: logistic regression on the ranking features, fitted in seconds, evaluated on the latest
 * fifth of the examples, then fitted to all of them. A second line says how long a watch would be; together they are the value of a
 * title (`value-function.ts`).
 *
 * Later ones go on from what an earlier one knew, and learn from what has happened since: a few days of pages alone make a worse line than the
 * months that the first had.
 *
 * Learned from pages, probabilities are of a title on screen (`choices.ts`); without any they are relative to four random titles per watch:
 * right for ordering, too high as a forecast. Manifests say which (`baseRate`).
 */
import { RANKING_COLUMNS, titlePopularityView } from '@marquee/features';
import { MarqueeError } from '@marquee/service-kit';
import { predict } from '../logistic-regression.ts';
import { writeModelFolder } from '../model-folder.ts';
import {
  exportLogisticRegression,
  MODEL_INPUT,
  MODEL_OUTPUT,
  VALUE_OUTPUT,
  type ValueLine,
} from '../onnx-export.ts';
import { priorRanker } from '../prior-ranker.ts';
import { baseRate, choicesOf } from './choices.ts';
import { beliefFiles, type EarlierLine } from './earlier-line.ts';
import {
  fitFirstLine,
  fitHoursLine,
  fitWatchLine,
  type Line,
  linePenalty,
  type WatchLine,
} from './fit-line.ts';
import { measureRanker } from './measure-ranker.ts';
import { LEAST_POSITIVES, RANKER_NAME, type RankerTrainer, rankerVersion } from './ranker-trainer.ts';
import {
  drawnExamples,
  type RankingExamples,
  requireTrainable,
  rowsWhere,
  splitByTime,
  takeRows,
  withoutColumns,
} from './ranking-examples.ts';
import { LEAST_HOURS, LENGTH_EXPONENT, valueFormula } from './value-function.ts';

const HOLDOUT_SHARE = 0.2;
/** With fewer there is nothing to go on with. */
const LEAST_NEW = 30;

/** Below LEAST_POSITIVES positives it writes the hand-set prior; the manifest's `parameters.source` is then "prior", otherwise "trained". */
export const trainLogisticRanker: RankerTrainer = async (examples, options) => {
  const { now, folder, seed, parent = null, ignoredColumns = [], asAtFirst = false } = options;
  const { signal, onProgress } = options;
  if (options.earlier !== undefined && ignoredColumns.length > 0) {
    // What the earlier line knew of these columns would be heard all the same.
    throw new MarqueeError('BAD_USER_INPUT', {
      message: `a line that goes on from ${options.earlier.version} cannot ignore ${ignoredColumns.join(', ')}`,
      field: 'ignoredColumns',
    });
  }
  if (examples !== undefined) requireTrainable(examples);
  const known = examples && withoutColumns(examples, ignoredColumns);
  const all = known && drawnExamples(asAtFirst ? known : choicesOf(known));
  const trained = all !== undefined && all.positives >= LEAST_POSITIVES;
  const since = trained && !asAtFirst ? newSince(options.earlier, known!) : undefined;
  const set = since?.examples ?? all;
  onProgress?.(0, 2);
  const fit = asAtFirst
    ? fitFirstLine
    : (rows: RankingExamples): Promise<WatchLine> => fitWatchLine(rows, since?.known);
  const model: Line & Partial<WatchLine> = trained ? await fit(set!) : priorRanker();
  const hours = trained && !asAtFirst ? await fitHoursLine(all) : undefined;
  const belief = model.belief && beliefFiles(model.belief);
  signal?.throwIfAborted();
  onProgress?.(1, 2);
  const holdout = trained ? await evaluateOnLatest(set!, fit) : {};
  signal?.throwIfAborted();
  onProgress?.(2, 2);
  const instant = (epoch: number): string => new Date(epoch).toISOString();
  return writeModelFolder(folder, {
    onnx: exportLogisticRegression(model, hours && valueLine(hours)),
    ...(belief && { files: belief.files }),
    manifest: {
      name: RANKER_NAME,
      version: rankerVersion(options),
      createdAt: instant(now),
      input: { name: MODEL_INPUT, columns: [...RANKING_COLUMNS] },
      output: { name: MODEL_OUTPUT, ...(hours && { value: VALUE_OUTPUT }) },
      featureViews: { [titlePopularityView.name]: titlePopularityView.version },
      trainingWindow: {
        from: instant(set?.from ?? now),
        to: instant(set?.to ?? now),
        examples: trained ? set!.rows : 0,
      },
      metrics: holdout,
      parameters: {
        ...{ source: trained ? 'trained' : 'prior', algorithm: 'logistic-regression' },
        ...(trained && { baseRate: baseRate(set!) }),
        ...(trained && !asAtFirst && { l2: linePenalty(set!) }),
        ...(since && { startedFrom: since.version }),
        ...belief?.parameters,
        ...(hours && { value: valueFormula(false) }),
      },
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
      weights: byName(model.weights),
      intercept: model.intercept,
      ...(hours && { hours: { weights: byName(hours.weights), intercept: hours.intercept } }),
      columnStatistics: set?.columnStatistics ?? [],
    },
  });
};

async function evaluateOnLatest(
  set: RankingExamples,
  fit: (set: RankingExamples) => Promise<Line>,
): Promise<Record<string, number>> {
  const [first, rest] = splitByTime(set, 1 - HOLDOUT_SHARE);
  return measureRanker(predict(await fit(first), rest.matrix, rest.rows), rest);
}

/** @param known all examples. @returns those that the earlier line does not know, as choices; undefined: there are too few of them */
function newSince(earlier: EarlierLine | undefined, known: RankingExamples) {
  if (earlier === undefined || known.at === undefined) return undefined;
  const { version, learnedTo, belief } = earlier;
  const later = rowsWhere(known, (row) => known.at![row]! > learnedTo);
  // A few pages are enough to go on with.
  const choices = choicesOf({ ...takeRows(known, later), from: Math.max(known.from, learnedTo) }, 1);
  const examples = drawnExamples(choices);
  if (examples.positives < LEAST_NEW) return undefined;
  return { version, examples, known: belief };
}

function valueLine(hours: Line): ValueLine {
  return { line: hours, least: LEAST_HOURS, exponent: LENGTH_EXPONENT };
}

function byName(weights: ArrayLike<number>): Record<string, number> {
  return Object.fromEntries(RANKING_COLUMNS.map((name, i) => [name, weights[i]!]));
}
