/** Whether what comes in can be learned from. */
import { DAY_MS, DEFAULT_RUNTIME_SECONDS, HOUR_MS, MINUTE_MS, type TitleId } from '@marquee/domain';
import type { LakeReader } from '@marquee/event-lake';
import type { TitleTable } from '@marquee/features';
import { type Finding, found, withoutData } from '../checks/finding.ts';
import type { CheckName } from '../checks/thresholds.ts';
import { FEEDBACK, SLATES } from './day-window.ts';

const LEAST = 20;
const LONGER_THAN_TITLE = 1.5;
const SLACK_SECONDS = 600;
const TITLES_PER_HOUR = 60;

export async function dataQuality(
  reader: LakeReader,
  titles: Pick<TitleTable, 'get' | 'size'>,
): Promise<readonly Finding[]> {
  return [
    await degraded(reader),
    ...(await byTitle(reader, titles)),
    ...(await ofEnvelopes(reader)),
    await flooding(reader),
    await volume(reader),
  ];
}

/** A share of enough to say something about it. */
function share(check: CheckName, part: unknown, whole: unknown, what: string): Finding {
  const [some, all] = [Number(part ?? 0), Number(whole ?? 0)];
  if (all < LEAST) return withoutData(check, `${all} ${what}: too few`);
  return found(check, some / all, `${some} of ${all} ${what}`);
}

async function degraded(reader: LakeReader): Promise<Finding> {
  const [row] = await reader.query(
    `SELECT count(*) FILTER (degraded)::INTEGER AS part, count(*)::INTEGER AS whole FROM ${SLATES} WHERE period = 0`,
  );
  const whole = Number(row?.whole ?? 0);
  if (whole === 0) return withoutData('degraded-pages', 'no home page was logged');
  return found('degraded-pages', Number(row?.part) / whole, `${row?.part} of ${whole} pages looked at`);
}

async function byTitle(reader: LakeReader, titles: Pick<TitleTable, 'get'>): Promise<Finding[]> {
  const rows = await reader.query(`
    SELECT title_id, count(*)::INTEGER AS reports, list(watched_seconds) FILTER (type = 'PLAY_STOP')::JSON::VARCHAR AS watched
    FROM ${FEEDBACK} WHERE period = 0 GROUP BY title_id`);
  let reports = 0;
  let unknown = 0;
  let plays = 0;
  let impossible = 0;
  for (const row of rows) {
    reports += Number(row.reports);
    const title = titles.get(String(row.title_id) as TitleId);
    if (title === undefined) {
      unknown += Number(row.reports);
      continue;
    }
    const runtime = title.runtimeMinutes === undefined ? DEFAULT_RUNTIME_SECONDS : title.runtimeMinutes * 60;
    for (const watched of (JSON.parse(String(row.watched ?? '[]')) ?? []) as (number | null)[]) {
      plays++;
      if (watched !== null && watched > runtime * LONGER_THAN_TITLE + SLACK_SECONDS) impossible++;
    }
  }
  return [
    share('unknown-titles', unknown, reports, 'reports'),
    share('impossible-watches', impossible, plays, 'playbacks'),
  ];
}

async function ofEnvelopes(reader: LakeReader): Promise<Finding[]> {
  const [row] = await reader.query(`
    SELECT count(*)::INTEGER AS reports,
      count(*) FILTER (received_ms - occurred_ms > ${DAY_MS} OR occurred_ms - received_ms > ${MINUTE_MS})::INTEGER AS skewed,
      count(*) FILTER (type = 'IMPRESSION')::INTEGER AS impressions,
      count(*) FILTER (type = 'IMPRESSION' AND slate_id IS NULL)::INTEGER AS unattributed
    FROM ${FEEDBACK} WHERE period = 0`);
  return [
    share('clock-skew', row?.skewed, row?.reports, 'reports'),
    share('unattributed', row?.unattributed, row?.impressions, 'impressions'),
  ];
}

async function flooding(reader: LakeReader): Promise<Finding> {
  const [row] = await reader.query(`
    SELECT sum(plays)::INTEGER AS plays, coalesce(sum(plays) FILTER (titles > ${TITLES_PER_HOUR}), 0)::INTEGER AS flood FROM (
      SELECT count(*) AS plays, count(DISTINCT title_id) AS titles FROM ${FEEDBACK}
      WHERE period = 0 AND type = 'PLAY_START' GROUP BY profile_id, received_ms // ${HOUR_MS})`);
  return share('flooding', row?.flood, row?.plays, 'plays');
}

async function volume(reader: LakeReader): Promise<Finding> {
  const rows = await reader.query(
    `SELECT period, count(*)::INTEGER AS impressions FROM ${FEEDBACK} WHERE type = 'IMPRESSION' GROUP BY period`,
  );
  const counts = new Map(rows.map(({ period, impressions }) => [Number(period), Number(impressions)]));
  const today = counts.get(0) ?? 0;
  const before = [...counts].filter(([period]) => period > 0).map(([, count]) => count);
  const mean = before.reduce((sum, count) => sum + count, 0) / before.length;
  if (before.length === 0 || mean < LEAST)
    return withoutData('volume', 'too few impressions on the days before');
  return found('volume', today / mean, `${today} impressions, before ${mean.toFixed(0)} a day`);
}
