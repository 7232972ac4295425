/**
 * Several folds of one data set as one comparison: published figures are means over folds. Folds share their users and most of what
 * they train on, so nothing makes their mean much surer than one of them: a mean's interval has the means of the folds' bounds.
 */
import { MarqueeError } from '@marquee/service-kit';
import type { Comparison, Estimate, ModelResult, Segment } from './compare-models.ts';
import { USER_METRIC_NAMES, type UserMetric } from './measure-model.ts';

/**
 * Counts are means, too, rounded. Segments are those of the folds, from the shortest history to the longest in any of them; none where
 * folds have different numbers of them.
 * @throws MarqueeError BAD_USER_INPUT for no fold, or folds of other models
 */
export function meanOverFolds(folds: readonly Comparison[]): Comparison {
  const [first] = folds;
  if (first === undefined) throw new MarqueeError('BAD_USER_INPUT', 'there are no folds');
  const names = (fold: Comparison): string => fold.results.map(({ model }) => model).join();
  if (folds.some((fold) => names(fold) !== names(first))) {
    throw new MarqueeError('BAD_USER_INPUT', 'folds compare different models');
  }
  const count = (of: (fold: Comparison) => number): number => Math.round(mean(folds.map(of)));
  const segmented = folds.every(({ segments }) => segments.length === first.segments.length);
  return {
    trainingInteractions: count((fold) => fold.trainingInteractions),
    trainingUsers: count((fold) => fold.trainingUsers),
    items: count((fold) => fold.items),
    testUsers: count((fold) => fold.testUsers),
    targets: count((fold) => fold.targets),
    unreachableTargets: count((fold) => fold.unreachableTargets),
    segments: segmented
      ? first.segments.map((_, i) => meanSegment(folds.map(({ segments }) => segments[i]!)))
      : [],
    results: first.results.map((_, i) =>
      meanResult(
        folds.map(({ results }) => results[i]!),
        segmented,
      ),
    ),
  };
}

function meanResult(folds: readonly ModelResult[], segmented: boolean): ModelResult {
  const [first] = folds as readonly [ModelResult, ...ModelResult[]];
  const of = (figure: (fold: ModelResult) => number): number => mean(folds.map(figure));
  const estimate = (figure: (fold: ModelResult) => Estimate): Estimate => ({
    mean: of((fold) => figure(fold).mean),
    lower: of((fold) => figure(fold).lower),
    upper: of((fold) => figure(fold).upper),
  });
  return {
    model: first.model,
    trainingSeconds: of((fold) => fold.trainingSeconds),
    millisecondsPerList: of((fold) => fold.millisecondsPerList),
    metrics: Object.fromEntries(
      USER_METRIC_NAMES.map((name) => [name, estimate(({ metrics }) => metrics[name])]),
    ) as Record<UserMetric, Estimate>,
    gain: estimate(({ gain }) => gain),
    catalogue: {
      coverage: of(({ catalogue }) => catalogue.coverage),
      novelty: of(({ catalogue }) => catalogue.novelty),
      diversity: of(({ catalogue }) => catalogue.diversity),
      gini: of(({ catalogue }) => catalogue.gini),
      popularityLift: of(({ catalogue }) => catalogue.popularityLift),
    },
    recallByK: first.recallByK.map((_, k) => of(({ recallByK }) => recallByK[k]!)),
    segments: segmented ? first.segments.map((_, i) => estimate(({ segments }) => segments[i]!)) : [],
  };
}

function meanSegment(folds: readonly Segment[]): Segment {
  return {
    shortest: Math.min(...folds.map(({ shortest }) => shortest)),
    longest: Math.max(...folds.map(({ longest }) => longest)),
    users: Math.round(mean(folds.map(({ users }) => users))),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
