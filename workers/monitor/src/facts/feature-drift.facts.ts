/** The logged features of the day against those of the days before, column by column. */
import { decodeFeatureMatrix, type EventPayload } from '@marquee/domain';
import type { LakeReader } from '@marquee/event-lake';
import { createPacer, RANKING_COLUMNS } from '@marquee/features';
import { type Finding, found, withoutData } from '../checks/finding.ts';
import { stabilityBeyondChance } from '../measures/population-stability.ts';
import { contents } from './day-window.ts';

/** Pages looked at per period, drawn as all are. */
const MAX_SLATES = 800;
/** Places of one page that are looked at: the rest are much like them. */
const ITEMS_PER_SLATE = 24;
/** With fewer pages in either period nothing is said. */
const LEAST_SLATES = 8;

/**
 * Columns that move by themselves: they grow with the age of the installation, or tell when and on what people came. They are
 * reported and raise no alarm.
 */
const MOVING = new Set([
  'popularity_1d',
  'popularity_7d',
  'popularity_30d',
  'popularity_total',
  'popularity_when_new',
  'trend_ratio',
  'trend_now',
  'impressions_total',
  'watch_rate',
  'catalogue_age_days',
  'seen_without_play',
  'watch_count',
  'hour_sin',
  'hour_cos',
  'device_tv',
  'device_mobile',
  'device_tablet',
  'runtime_on_mobile',
]);

export interface ColumnDrift {
  readonly column: string;
  /** PSI beyond chance. */
  readonly drift: number;
  readonly mean: number;
  readonly referenceMean: number;
  readonly raisesAlarm: boolean;
}

export interface FeatureDrift {
  readonly findings: readonly Finding[];
  /** Most drifted first. */
  readonly columns: readonly ColumnDrift[];
}

interface Gathered {
  readonly values: readonly number[][];
  slates: number;
  items: number;
  without: number;
}

export async function featureDrift(reader: LakeReader): Promise<FeatureDrift> {
  const day = emptyGathered();
  const before = emptyGathered();
  const pacer = createPacer();
  for (const table of await contents(reader)) {
    const slates = await reader.query(
      `SELECT period, payload::VARCHAR AS payload FROM ${table} WHERE place <= ${MAX_SLATES}`,
    );
    for (const { period, payload } of slates) {
      gather(JSON.parse(String(payload)) as EventPayload<'SLATE_SERVED'>, period === 0 ? day : before);
      if (pacer.due()) await pacer.pause();
    }
  }
  const nulls =
    day.items === 0
      ? withoutData('feature-nulls', 'no home page was logged')
      : found(
          'feature-nulls',
          day.without / day.items,
          `${day.without} of ${day.items} places without features`,
        );
  if (day.slates < LEAST_SLATES || before.slates < LEAST_SLATES) {
    const detail = `${day.slates} pages with features, ${before.slates} before: too few`;
    return { findings: [withoutData('feature-drift', detail), nulls], columns: [] };
  }
  const columns = RANKING_COLUMNS.map((column, c): ColumnDrift => {
    const reference = { values: before.values[c]!, draws: before.slates };
    const sample = { values: day.values[c]!, draws: day.slates };
    return {
      column,
      drift: stabilityBeyondChance(reference, sample),
      mean: meanOf(sample.values),
      referenceMean: meanOf(reference.values),
      raisesAlarm: !MOVING.has(column),
    };
  }).sort((a, b) => b.drift - a.drift || (a.column < b.column ? -1 : 1));
  const worst = columns.find(({ raisesAlarm }) => raisesAlarm)!;
  const detail = `${worst.column}: mean ${worst.mean.toPrecision(3)}, before ${worst.referenceMean.toPrecision(3)}`;
  return { findings: [found('feature-drift', worst.drift, detail), nulls], columns };
}

function emptyGathered(): Gathered {
  return { values: RANKING_COLUMNS.map(() => []), slates: 0, items: 0, without: 0 };
}

function gather(slate: EventPayload<'SLATE_SERVED'>, into: Gathered): void {
  const names = slate.featureNames;
  const items = slate.items.length;
  into.items += items;
  if (names.length === 0) {
    into.without += items;
    return;
  }
  const matrix = decodeFeatureMatrix(slate.featureMatrix, items, names.length);
  into.without += matrix.filter((row) => row === undefined).length;
  into.slates++;
  const places = RANKING_COLUMNS.map((name) => names.indexOf(name));
  const rows = matrix.flatMap((row) => (row === undefined ? [] : [row]));
  const step = Math.max(1, Math.floor(rows.length / ITEMS_PER_SLATE));
  for (let i = 0; i < rows.length; i += step) {
    for (const [c, place] of places.entries()) {
      const values = into.values[c]!;
      if (place !== -1) values.push(rows[i]![place]!);
    }
  }
}

function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}
