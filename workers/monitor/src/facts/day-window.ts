/** The day that is reported on, the days it is compared with, and what is read of them from the lake, once. */
import { DAY_MS } from '@marquee/domain';
import type { LakeReader } from '@marquee/event-lake';

export interface DayWindow {
  /** Epoch milliseconds; `to` is exclusive. By receipt: what came later belongs to the day it came. */
  readonly from: number;
  readonly to: number;
  /** Days before `from` that it is compared with. */
  readonly referenceDays: number;
}

/** Temporary tables of the reader. */
export const FEEDBACK = 'monitored_feedback';
export const SLATES = 'monitored_slates';
export const ITEMS = 'monitored_items';

/** Pages looked at per period, drawn by the hash of their ids: bounds memory and time whatever the traffic. */
const MAX_SLATES = 2_000;

const ITEM_SHAPE = JSON.stringify([
  {
    titleId: 'VARCHAR',
    row: 'INTEGER',
    position: 'INTEGER',
    score: 'DOUBLE',
    propensity: 'DOUBLE',
    probability: 'DOUBLE',
    sources: ['VARCHAR'],
    artwork: { variant: 'INTEGER', probabilities: ['DOUBLE'] },
  },
]);

/** UTC. @throws RangeError for what is no day. */
export function windowOfDay(day: string, referenceDays = 7): DayWindow {
  const from = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(from)) throw new RangeError(`${day} is no day such as 2026-03-01`);
  return { from, to: from + DAY_MS, referenceDays };
}

/**
 * Makes the tables. `period` is 0 for the day itself and 1, 2, 3 … for the days before it.
 * @param maxSlates of the day, and of all days before together
 */
export async function readWindow(
  reader: LakeReader,
  window: DayWindow,
  maxSlates = MAX_SLATES,
): Promise<void> {
  const { from, to, referenceDays } = window;
  const earliest = from - referenceDays * DAY_MS;
  const inside = `epoch_ms(received_at) >= ${earliest} AND epoch_ms(received_at) < ${to}`;
  const period = `CASE WHEN epoch_ms(received_at) >= ${from} THEN 0
    ELSE 1 + ((${from} - 1 - epoch_ms(received_at)) // ${DAY_MS}) END`;
  await reader.query(`
    CREATE OR REPLACE TEMP TABLE ${FEEDBACK} AS
    SELECT (${period})::INTEGER AS period, type, epoch_ms(occurred_at) AS occurred_ms, epoch_ms(received_at) AS received_ms,
      profile_id, title_id, watched_seconds, slate_id
    FROM events WHERE type IN ('IMPRESSION', 'PLAY_START', 'PLAY_PROGRESS', 'PLAY_STOP', 'DETAILS_OPENED') AND ${inside}`);
  await reader.query(`
    CREATE OR REPLACE TEMP TABLE ${SLATES} AS
    SELECT * FROM (
      SELECT (${period})::INTEGER AS period, slate_id, profile_id, epoch_ms(received_at) AS received_ms, payload,
        payload->'rowOrder' AS row_order, json_array_length(payload->'degradations') > 0 AS degraded,
        row_number() OVER (PARTITION BY (${period}) = 0 ORDER BY md5(slate_id)) AS place
      FROM events WHERE type = 'SLATE_SERVED' AND (payload->>'surface') = 'home' AND ${inside}
    ) WHERE place <= ${maxSlates}`);
  await reader.query(`
    CREATE OR REPLACE TEMP TABLE ${ITEMS} AS
    SELECT period, slate_id, item.titleId AS title_id, item.row AS "row", item.position AS position, item.score AS score,
      item.propensity AS propensity, item.probability AS probability, item.sources AS sources,
      item.artwork AS artwork
    FROM (SELECT period, slate_id, unnest(from_json(payload->'items', '${ITEM_SHAPE}')) AS item FROM ${SLATES})`);
}
