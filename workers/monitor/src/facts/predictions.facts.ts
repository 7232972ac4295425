/** What the ranker predicted, against the days before and against what happened. */
import { QUALIFIED_WATCH_SECONDS } from '@marquee/domain';
import type { LakeReader } from '@marquee/event-lake';
import { type Finding, found, withoutData } from '../checks/finding.ts';
import { type Calibration, calibrationOf } from '../measures/calibration.ts';
import { stabilityBeyondChance } from '../measures/population-stability.ts';
import { FEEDBACK, ITEMS } from './day-window.ts';

const MAX_PREDICTIONS = 50_000;
const LEAST_SLATES = 8;
/** Impressions of titles with a prediction that are needed to speak of calibration. */
const LEAST_SEEN = 200;

export interface Predictions {
  readonly findings: readonly Finding[];
  readonly calibration: Calibration | undefined;
}

export async function predictions(reader: LakeReader): Promise<Predictions> {
  const calibration = await calibrationOfDay(reader);
  const calibrated =
    calibration.count < LEAST_SEEN
      ? withoutData('calibration', `${calibration.count} seen titles with a prediction: too few`)
      : found(
          'calibration',
          calibration.ratio,
          `${calibration.expected.toFixed(1)} watches expected and ${calibration.observed} seen of ${calibration.count}`,
        );
  return {
    findings: [await drift(reader), calibrated],
    calibration: calibration.count === 0 ? undefined : calibration,
  };
}

async function drift(reader: LakeReader): Promise<Finding> {
  const sample = async (condition: string) => {
    const rows = await reader.query(
      `SELECT probability, slate_id FROM ${ITEMS} WHERE ${condition} AND probability IS NOT NULL
       ORDER BY md5(concat(slate_id, title_id)) LIMIT ${MAX_PREDICTIONS}`,
    );
    const draws = new Set(rows.map(({ slate_id }) => slate_id)).size;
    return { values: rows.map(({ probability }) => Number(probability)), draws };
  };
  const day = await sample('period = 0');
  const before = await sample('period > 0');
  if (day.draws < LEAST_SLATES || before.draws < LEAST_SLATES) {
    return withoutData(
      'prediction-drift',
      `${day.draws} pages with predictions, ${before.draws} before: too few`,
    );
  }
  return found(
    'prediction-drift',
    stabilityBeyondChance(before, day),
    `${day.draws} pages, ${before.draws} before`,
  );
}

/** Titles of the day's pages that were seen; a watch counts for the page that it came from. */
async function calibrationOfDay(reader: LakeReader): Promise<Calibration> {
  const rows = await reader.query(`
    SELECT any_value(i.probability) AS predicted, bool_or(w.title_id IS NOT NULL) AS happened
    FROM ${ITEMS} i
    JOIN (SELECT DISTINCT slate_id, title_id FROM ${FEEDBACK} WHERE type = 'IMPRESSION' AND period = 0) s
      ON s.slate_id = i.slate_id AND s.title_id = i.title_id
    LEFT JOIN (SELECT DISTINCT slate_id, title_id FROM ${FEEDBACK}
               WHERE type IN ('PLAY_PROGRESS', 'PLAY_STOP') AND watched_seconds > ${QUALIFIED_WATCH_SECONDS}) w
      ON w.slate_id = i.slate_id AND w.title_id = i.title_id
    WHERE i.period = 0 AND i.probability IS NOT NULL
    GROUP BY i.slate_id, i.title_id
    ORDER BY md5(concat(i.slate_id, i.title_id)) LIMIT ${MAX_PREDICTIONS}`);
  return calibrationOf(
    rows.map(({ predicted, happened }) => ({ predicted: Number(predicted), happened: happened === true })),
  );
}
