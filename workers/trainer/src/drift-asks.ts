/**
 * Which of what the monitor found asks for a training of which model, and whether one has answered it already. Pure.
 *
 * A model is asked for by what it learns from, or by its own predictions. What a model changed itself when it was promoted is not the
 * world's drift: trained for that, it would be promoted and trained again for ever.
 */
import { DAY_MS, HOUR_MS } from '@marquee/domain';
import { type DriftAlert, type DriftReport, driftAlertKey, driftAlertText } from '@marquee/model-registry';
import { FEATURE_GROUPS } from '@marquee/training';
import type { TrainedModel, TrainingRun } from './runs/training-run.ts';

/** A report is about a day; one that is older than two was made by a monitor that has gone. */
const BELIEVED_MS = 2 * DAY_MS;
/** Until a report's day lies wholly after a promotion, and that report was made. */
const OWN_DOING_MS = DAY_MS + HOUR_MS;

/** Columns that tell what people watch: they are another world to whatever learned from watches. */
const OF_WATCHES: ReadonlySet<string> = new Set<string>([
  'completion_ratio',
  'abandonment_ratio',
  ...FEATURE_GROUPS.taste,
  'content_similarity',
  'similarity_when_known',
  'co_watch',
]);
/** The score of the collaborative model, which its own new versions move. */
const OF_COLLABORATIVE = 'collaborative';
/** Columns that tell what there is to watch, as a tower of titles learns it. */
const OF_TITLES: ReadonlySet<string> = new Set(['age_years', 'runtime_hours', 'average_score', 'votes']);

export const DRIFT_COLUMNS: readonly string[] = [...OF_WATCHES, OF_COLLABORATIVE, ...OF_TITLES];

function concerns({ check, feature = '' }: DriftAlert, model: TrainedModel): boolean {
  if (model === 'ranking') return true;
  if (check !== 'feature-drift') return false;
  if (model === 'collaborative') return feature === OF_COLLABORATIVE || OF_WATCHES.has(feature);
  return OF_WATCHES.has(feature) || OF_TITLES.has(feature);
}

/** Whether the figure is the model's own, and so moves when another version serves. */
function isOwnFigure({ check, feature }: DriftAlert, model: TrainedModel): boolean {
  if (model === 'ranking') return check === 'prediction-drift';
  return model === 'collaborative' && feature === OF_COLLABORATIVE;
}

export interface DriftPast {
  /** Of this model, latest first. */
  readonly runs: readonly TrainingRun[];
  /** Since when its version in production serves, epoch milliseconds; undefined: always, or there is none. */
  readonly servedSince: number | undefined;
}

export interface DriftAsks {
  /** That nobody has answered; empty where none asks. */
  readonly alerts: readonly DriftAlert[];
  /** Why it is not answered yet all the same, for people. */
  readonly doubts: readonly string[];
}

/**
 * A training that ended well answers every alert that it was begun for, and every one that stood when it began: it has learned from what drifted. One that
 * failed or was killed answers none.
 */
export function driftAsks(
  model: TrainedModel,
  report: DriftReport | undefined,
  now: number,
  { runs, servedSince }: DriftPast,
): DriftAsks {
  if (report === undefined || now - Date.parse(report.reportedAt) > BELIEVED_MS) {
    return { alerts: [], doubts: [] };
  }
  const ended = runs.filter(({ state }) => state === 'succeeded' || state === 'skipped');
  const answered = new Set(ended.flatMap(({ request }) => (request.drift ?? []).map(driftAlertKey)));
  const lastBegun = Math.max(Number.NEGATIVE_INFINITY, ...ended.map(({ request }) => request.now));
  const alerts = report.alerts.filter((alert) => {
    const since = Date.parse(alert.since);
    const ownDoing = servedSince !== undefined && since >= servedSince && since - servedSince <= OWN_DOING_MS;
    return (
      concerns(alert, model) &&
      !(ownDoing && isOwnFigure(alert, model)) &&
      !answered.has(driftAlertKey(alert)) &&
      since > lastBegun
    );
  });
  return { alerts, doubts: alerts.length === 0 ? [] : report.doubts };
}

const NAMED = 3;

/** For the record: `drift: runtime_hours PSI 0.31 > 0.25`. */
export function driftReason(alerts: readonly DriftAlert[]): string {
  const named = alerts.slice(0, NAMED).map(driftAlertText).join(', ');
  const more = alerts.length - NAMED;
  return `drift: ${named}${more > 0 ? ` and ${more} more` : ''}`;
}
