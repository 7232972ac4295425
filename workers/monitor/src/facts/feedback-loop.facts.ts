/** Whether the recommender feeds on itself: concentration, coverage, likeness, surprise, exploration, popularity. */
import type { TitleId } from '@marquee/domain';
import { QUALIFIED_WATCH_SECONDS } from '@marquee/domain';
import type { LakeReader } from '@marquee/event-lake';
import type { TitleTable } from '@marquee/features';
import { type Finding, found, withoutData } from '../checks/finding.ts';
import { type Exposure, exposureOf, intraListDistance, type Watches } from '../measures/feedback-loop.ts';
import { FEEDBACK, ITEMS, SLATES } from './day-window.ts';

/** Impressions of a day that are looked at: all days the same number, since all of these figures depend on it. */
const MAX_IMPRESSIONS = 50_000;
const LEAST_IMPRESSIONS = 100;
const LISTS = 400;
const FIRST = 10;
const LEAST_LISTS = 8;
const LEAST_PLACES = 200;

export interface FeedbackLoopOptions {
  readonly reader: LakeReader;
  readonly titles: Pick<TitleTable, 'size'>;
  /** Unit length. */
  readonly vectorOf: (id: TitleId) => Float32Array | undefined;
}

export interface FeedbackLoop {
  readonly findings: readonly Finding[];
  /** The day's own figures, and the mean of the days before. */
  readonly day: Exposure | undefined;
  readonly before: Exposure | undefined;
  /** Share of the catalogue that was shown to anybody. */
  readonly coverage: number | undefined;
}

export async function feedbackLoop(options: FeedbackLoopOptions): Promise<FeedbackLoop> {
  const { reader, titles } = options;
  const shown = await shownByPeriod(reader);
  const watches = await watchesBefore(reader);
  const today = shown.get(0) ?? [];
  const earlier = [...shown]
    .filter(([period, ids]) => period > 0 && ids.length >= LEAST_IMPRESSIONS)
    .map(([, ids]) => ids);
  const rest = [await diversity(options), await explorationShare(reader)];
  if (today.length < LEAST_IMPRESSIONS || earlier.length === 0) {
    const detail = `${today.length} impressions, ${earlier.length} days before with some: too few`;
    const checks = ['impression-gini', 'coverage', 'novelty', 'popularity-lift'] as const;
    return {
      findings: [...checks.map((check) => withoutData(check, detail)), ...rest],
      day: today.length === 0 ? undefined : exposureOf(today, watches, titles.size),
      before: undefined,
      coverage: today.length === 0 ? undefined : new Set(today).size / titles.size,
    };
  }
  const equal = Math.min(today.length, ...earlier.map((ids) => ids.length));
  const measure = (ids: readonly TitleId[]): Exposure =>
    exposureOf(ids.slice(0, equal), watches, titles.size);
  const day = measure(today);
  const before = meanOf(earlier.map(measure));
  const each = `at ${equal} impressions each`;
  return {
    findings: [
      found(
        'impression-gini',
        day.gini - before.gini,
        `${day.gini.toFixed(3)}, before ${before.gini.toFixed(3)}, ${each}`,
      ),
      found(
        'coverage',
        day.titles / before.titles,
        `${day.titles} titles, before ${before.titles.toFixed(0)}, ${each}`,
      ),
      found(
        'novelty',
        day.novelty - before.novelty,
        `${day.novelty.toFixed(2)} bits, before ${before.novelty.toFixed(2)}`,
      ),
      found(
        'popularity-lift',
        (day.popularity + 1) / (before.popularity + 1),
        `a shown title had ${day.popularity.toFixed(1)} watches, before ${before.popularity.toFixed(1)}`,
      ),
      ...rest,
    ],
    day,
    before,
    coverage: new Set(today).size / titles.size,
  };
}

/** In the order of a hash, so that the first of them are a sample. */
async function shownByPeriod(reader: LakeReader): Promise<Map<number, TitleId[]>> {
  const rows = await reader.query(`
    SELECT period, title_id FROM (
      SELECT period, title_id, row_number() OVER (PARTITION BY period
        ORDER BY md5(concat(profile_id, title_id, occurred_ms))) AS place
      FROM ${FEEDBACK} WHERE type = 'IMPRESSION' AND title_id IS NOT NULL
    ) WHERE place <= ${MAX_IMPRESSIONS} ORDER BY period, place`);
  const shown = new Map<number, TitleId[]>();
  for (const { period, title_id } of rows) {
    const ids = shown.get(Number(period));
    if (ids === undefined) shown.set(Number(period), [String(title_id)]);
    else ids.push(String(title_id));
  }
  return shown;
}

/** Watches of the days before: one and the same yardstick for all days. */
async function watchesBefore(reader: LakeReader): Promise<Watches> {
  const rows = await reader.query(`
    SELECT title_id, count(DISTINCT profile_id)::INTEGER AS watches FROM ${FEEDBACK}
    WHERE period > 0 AND type IN ('PLAY_PROGRESS', 'PLAY_STOP') AND watched_seconds > ${QUALIFIED_WATCH_SECONDS}
    GROUP BY title_id`);
  const byTitle = new Map(rows.map(({ title_id, watches }) => [String(title_id), Number(watches)]));
  return { byTitle, total: [...byTitle.values()].reduce((sum, count) => sum + count, 0) };
}

async function diversity({ reader, vectorOf }: FeedbackLoopOptions): Promise<Finding> {
  const rows = await reader.query(`
    SELECT period = 0 AS today, slate_id, list(title_id ORDER BY "row", position)[1:${FIRST}]::JSON::VARCHAR AS ids
    FROM ${ITEMS} WHERE slate_id IN (SELECT slate_id FROM ${SLATES} WHERE place <= ${LISTS})
    GROUP BY period, slate_id ORDER BY slate_id`);
  const distance = (a: TitleId, b: TitleId): number | undefined => {
    const [one, other] = [vectorOf(a), vectorOf(b)];
    if (one === undefined || other === undefined) return undefined;
    return 1 - one.reduce((sum, value, i) => sum + value * other[i]!, 0);
  };
  const means = [true, false].map((today) => {
    const distances = rows
      .filter((row) => row.today === today)
      .map(({ ids }) => intraListDistance(JSON.parse(String(ids)) as string[], distance))
      .filter(Number.isFinite);
    return { count: distances.length, mean: distances.reduce((sum, one) => sum + one, 0) / distances.length };
  });
  const [day, before] = means as [(typeof means)[number], (typeof means)[number]];
  if (day.count < LEAST_LISTS || before.count < LEAST_LISTS) {
    return withoutData('diversity', `${day.count} pages, ${before.count} before: too few`);
  }
  return found(
    'diversity',
    day.mean / before.mean,
    `${day.mean.toFixed(3)}, before ${before.mean.toFixed(3)}`,
  );
}

/** Titles that nothing but exploration proposed, on pages that were made whole. */
async function explorationShare(reader: LakeReader): Promise<Finding> {
  const [row] = await reader.query(`
    SELECT count(*)::INTEGER AS places, count(*) FILTER (sources = ['exploration'])::INTEGER AS explored
    FROM ${ITEMS} WHERE period = 0 AND slate_id IN (SELECT slate_id FROM ${SLATES} WHERE period = 0 AND NOT degraded)`);
  const places = Number(row?.places ?? 0);
  if (places < LEAST_PLACES) return withoutData('exploration-share', `${places} places: too few`);
  const explored = Number(row?.explored);
  return found('exploration-share', explored / places, `${explored} of ${places} places`);
}

function meanOf(all: readonly Exposure[]): Exposure {
  const mean = (of: (one: Exposure) => number): number =>
    all.reduce((sum, one) => sum + of(one), 0) / all.length;
  return {
    gini: mean(({ gini }) => gini),
    titles: mean(({ titles }) => titles),
    novelty: mean(({ novelty }) => novelty),
    popularity: mean(({ popularity }) => popularity),
  };
}
