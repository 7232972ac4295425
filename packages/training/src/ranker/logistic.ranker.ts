/**
 * The first ranker of an installation: logistic regression on the ranking features, fitted in seconds, evaluated on the latest
 * fifth of the examples, then fitted to all of them. A second line says how long a watch would be; together they are the value of a
 * title (`value-function.ts`).
 *
 * Learned from pages, probabilities are of a title on screen (`choices.ts`); without any they are relative to four random titles per watch:
 * right for ordering, too high as a forecast. Manifests say which (`baseRate`).
 */
import { RANKING_COLUMNS, titlePopularityView } from '@marquee/features';
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
import { fitFirstLine, fitHoursLine, fitWatchLine, type Line, linePenalty } from './fit-line.ts';
import { measureRanker } from './measure-ranker.ts';
import { LEAST_POSITIVES, RANKER_NAME, type RankerTrainer, rankerVersion } from './ranker-trainer.ts';
import { drawnExamples, type RankingExamples, splitByTime, withoutColumns } from './ranking-examples.ts';
import { LEAST_HOURS, LENGTH_EXPONENT, valueFormula } from './value-function.ts';

const HOLDOUT_SHARE = 0.2;

/** Below LEAST_POSITIVES positives it writes the hand-set prior; the manifest's `parameters.source` is then "prior", otherwise "trained". */
export const trainLogisticRanker: RankerTrainer = async (examples, options) => {
  const { now, folder, seed, parent = null, ignoredColumns = [], asAtFirst = false } = options;
  const { signal, onProgress } = options;
  const known = examples && withoutColumns(examples, ignoredColumns);
  const set = known && drawnExamples(asAtFirst ? known : choicesOf(known));
  const trained = set !== undefined && set.positives >= LEAST_POSITIVES;
  onProgress?.(0, 2);
  const fit = asAtFirst ? fitFirstLine : fitWatchLine;
  const model = trained ? await fit(set) : priorRanker();
  const hours = trained && !asAtFirst ? await fitHoursLine(set) : undefined;
  signal?.throwIfAborted();
  onProgress?.(1, 2);
  const holdout = trained ? await evaluateOnLatest(set, fit) : {};
  signal?.throwIfAborted();
  onProgress?.(2, 2);
  const instant = (epoch: number): string => new Date(epoch).toISOString();
  return writeModelFolder(folder, {
    onnx: exportLogisticRegression(model, hours && valueLine(hours)),
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
        examples: trained ? set.rows : 0,
      },
      metrics: holdout,
      parameters: {
        ...{ source: trained ? 'trained' : 'prior', algorithm: 'logistic-regression' },
        ...(trained && { baseRate: baseRate(set) }),
        ...(trained && !asAtFirst && { l2: linePenalty(set) }),
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
  fit: typeof fitWatchLine,
): Promise<Record<string, number>> {
  const [first, rest] = splitByTime(set, 1 - HOLDOUT_SHARE);
  return measureRanker(predict(await fit(first), rest.matrix, rest.rows), rest);
}

function valueLine(hours: Line): ValueLine {
  return { line: hours, least: LEAST_HOURS, exponent: LENGTH_EXPONENT };
}

function byName(weights: ArrayLike<number>): Record<string, number> {
  return Object.fromEntries(RANKING_COLUMNS.map((name, i) => [name, weights[i]!]));
}
