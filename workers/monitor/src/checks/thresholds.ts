/**
 * Every check with its bounds: beyond `warn` somebody should look, beyond `alert` somebody has to. Prometheus rules and the
 * runbook name the same checks, which a test compares.
 */

export interface Bounds {
  readonly above?: number;
  readonly below?: number;
}

export interface Threshold {
  readonly title: string;
  /** How values are written: a share as per cent, the rest as a number. */
  readonly unit: 'share' | 'number' | 'ratio' | 'bits' | 'seconds' | 'events';
  /** What the value is. */
  readonly meaning: string;
  readonly warn: Bounds;
  readonly alert: Bounds;
  /** Heading of docs/runbooks/alerts.md. */
  readonly runbook: string;
}

/** Heading of the runbook for everything that is drawn to learn from. */
const EXPLORATION = 'too-little-or-too-much-exploration';

/** Of what is chosen among several: one that is wrong makes every estimate of another policy wrong. */
function propensities(of: string, meaning: string): Threshold {
  const bounds = { warn: { above: 0 }, alert: { above: 0.001 } };
  return { title: `Propensities of ${of}`, unit: 'share', meaning, ...bounds, runbook: EXPLORATION };
}

function exploration(of: string, meaning: string, bounds: Pick<Threshold, 'warn' | 'alert'>): Threshold {
  return { title: `Exploration of ${of}`, unit: 'share', meaning, ...bounds, runbook: EXPLORATION };
}

export const THRESHOLDS = {
  'feature-drift': {
    title: 'Feature drift',
    unit: 'number',
    meaning: 'largest PSI of a feature against the days before, beyond what samples of this size differ by',
    warn: { above: 0.1 },
    alert: { above: 0.25 },
    runbook: 'features-drift',
  },
  'feature-nulls': {
    title: 'Missing features',
    unit: 'share',
    meaning: 'places of home pages that were logged without features',
    warn: { above: 0.02 },
    alert: { above: 0.1 },
    runbook: 'features-are-missing',
  },
  'embedding-norms': {
    title: 'Embedding norms',
    unit: 'share',
    meaning: 'vectors that are not finite, or whose length is not within a factor of two of the median',
    warn: { above: 0.001 },
    alert: { above: 0.01 },
    runbook: 'embeddings-are-out-of-shape',
  },
  'prediction-drift': {
    title: 'Prediction drift',
    unit: 'number',
    meaning:
      'PSI of the predicted probabilities against the days before, beyond what samples of this size differ by',
    warn: { above: 0.1 },
    alert: { above: 0.25 },
    runbook: 'predictions-drift',
  },
  calibration: {
    title: 'Calibration',
    unit: 'ratio',
    meaning: 'predicted watches to watches, of titles that were seen; 1 where chance explains the difference',
    warn: { above: 1.5, below: 0.67 },
    alert: { above: 3, below: 0.33 },
    runbook: 'predictions-are-not-calibrated',
  },
  skew: {
    title: 'Train/serve skew',
    unit: 'share',
    meaning: 'logged rows that a replay does not make again',
    warn: { above: 0 },
    alert: { above: 0.001 },
    runbook: 'serving-and-training-disagree',
  },
  'impression-gini': {
    title: 'Concentration of impressions',
    unit: 'number',
    meaning: 'change of the Gini coefficient over the catalogue, at equal numbers of impressions',
    warn: { above: 0.05 },
    alert: { above: 0.1 },
    runbook: 'impressions-concentrate',
  },
  coverage: {
    title: 'Coverage',
    unit: 'ratio',
    meaning: 'titles shown to the days before, at equal numbers of impressions',
    warn: { below: 0.85 },
    alert: { below: 0.7 },
    runbook: 'impressions-concentrate',
  },
  diversity: {
    title: 'Diversity of a list',
    unit: 'ratio',
    meaning: 'mean distance of two titles in the first ten of a page, to the days before',
    warn: { below: 0.85 },
    alert: { below: 0.7 },
    runbook: 'pages-become-alike',
  },
  novelty: {
    title: 'Novelty',
    unit: 'bits',
    meaning: 'change of the mean surprise of a shown title, -log2 of its share of all watches',
    warn: { below: -0.5 },
    alert: { below: -1 },
    runbook: 'pages-become-alike',
  },
  'exploration-share': {
    title: 'Share of exploration',
    unit: 'share',
    meaning: 'places of home pages that were given away to learn from',
    warn: { above: 0.1, below: 0.03 },
    alert: { above: 0.15, below: 0.01 },
    runbook: EXPLORATION,
  },
  'row-order-propensities': propensities(
    'the order of rows',
    'learned places for rows whose probabilities do not sum to one, or not to the propensity that was logged',
  ),
  'row-order-exploration': exploration(
    'the order of rows',
    'learned places for rows that went to another than the likeliest',
    { warn: { above: 0.25, below: 0.005 }, alert: { above: 0.5, below: 0.001 } },
  ),
  'artwork-propensities': propensities(
    'pictures',
    'places with a chosen picture whose probabilities do not sum to one, or leave none to the one that is shown',
  ),
  'artwork-exploration': exploration(
    'pictures',
    'places with a chosen picture that have another than the likeliest',
    // Where little is known of any, nearly all of them may.
    { warn: { above: 0.75, below: 0.01 }, alert: { above: 0.9, below: 0.001 } },
  ),
  'popularity-lift': {
    title: 'Popularity lift',
    unit: 'ratio',
    meaning: 'popularity of what is shown to that of what is watched, to the days before',
    warn: { above: 1.25 },
    alert: { above: 1.5 },
    runbook: 'popular-titles-win-more-and-more',
  },
  'degraded-pages': {
    title: 'Degraded pages',
    unit: 'share',
    meaning: 'home pages that were made without some part',
    warn: { above: 0.01 },
    alert: { above: 0.05 },
    runbook: 'bad-data',
  },
  'unknown-titles': {
    title: 'Unknown titles',
    unit: 'share',
    meaning: 'reports about titles that the catalogue has not',
    warn: { above: 0.01 },
    alert: { above: 0.05 },
    runbook: 'bad-data',
  },
  'impossible-watches': {
    title: 'Impossible watches',
    unit: 'share',
    meaning: 'playbacks that are longer than their title by half',
    warn: { above: 0.005 },
    alert: { above: 0.02 },
    runbook: 'bad-data',
  },
  'clock-skew': {
    title: 'Clocks of clients',
    unit: 'share',
    meaning: 'reports that happened more than a day before they came, or a minute after',
    warn: { above: 0.05 },
    alert: { above: 0.2 },
    runbook: 'bad-data',
  },
  unattributed: {
    title: 'Impressions of no page',
    unit: 'share',
    meaning: 'impressions that name no slate',
    warn: { above: 0.05 },
    alert: { above: 0.2 },
    runbook: 'bad-data',
  },
  flooding: {
    title: 'Machines',
    unit: 'share',
    meaning: 'plays of profiles that begin more than 60 titles within an hour',
    warn: { above: 0.01 },
    alert: { above: 0.1 },
    runbook: 'bad-data',
  },
  volume: {
    title: 'Volume',
    unit: 'ratio',
    meaning: 'impressions to the mean of the days before',
    warn: { below: 0.5 },
    alert: { below: 0.2 },
    runbook: 'fewer-events-than-usual',
  },
  'consumer-lag': {
    title: 'Consumers',
    unit: 'events',
    meaning: 'events that the consumer furthest behind has not handled',
    warn: { above: 5_000 },
    alert: { above: 50_000 },
    runbook: 'learning-is-behind',
  },
  'list-age': {
    title: 'Age of the popular list',
    unit: 'seconds',
    meaning: 'since the list of popular titles was made',
    warn: { above: 900 },
    alert: { above: 3_600 },
    runbook: 'learning-is-behind',
  },
} as const satisfies Record<string, Threshold>;

export type CheckName = keyof typeof THRESHOLDS;
export const CHECK_NAMES = Object.keys(THRESHOLDS) as CheckName[];
