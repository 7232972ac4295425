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

/** Of the day and as many of the days before it. */
const SLATES_AT_A_TIME = 100;

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
  // Slates are large: which of them are looked at is decided without their contents, and those are taken apart a few at a time.
  await reader.query(`
    CREATE OR REPLACE TEMP TABLE ${SLATES} AS
    SELECT chosen.period AS period, slate_id, profile_id, epoch_ms(received_at) AS received_ms, payload,
      payload->'rowOrder' AS row_order, json_array_length(payload->'degradations') > 0 AS degraded, chosen.place AS place
    FROM events JOIN (
      SELECT * FROM (
        SELECT event_id, (${period})::INTEGER AS period,
          row_number() OVER (PARTITION BY (${period}) = 0 ORDER BY md5(slate_id)) AS place
        FROM events WHERE type = 'SLATE_SERVED' AND (payload->>'surface') = 'home' AND ${inside}
      ) WHERE place <= ${maxSlates}
    ) chosen USING (event_id) WHERE type = 'SLATE_SERVED' AND ${inside}`);
  const items = (from: number) => `
    SELECT period, slate_id, item.titleId AS title_id, item.row AS "row", item.position AS position, item.score AS score,
      item.propensity AS propensity, item.probability AS probability, item.sources AS sources, item.artwork AS artwork
    FROM (SELECT period, slate_id, unnest(from_json(payload->'items', '${ITEM_SHAPE}')) AS item
      FROM ${SLATES} WHERE place >= ${from} AND place < ${from + SLATES_AT_A_TIME})`;
  await reader.query(`CREATE OR REPLACE TEMP TABLE ${ITEMS} AS ${items(1)}`);
  const [last] = await reader.query(`SELECT coalesce(max(place), 0)::INTEGER AS place FROM ${SLATES}`);
  for (let from = 1 + SLATES_AT_A_TIME; from <= Number(last?.place); from += SLATES_AT_A_TIME) {
    await reader.query(`INSERT INTO ${ITEMS} ${items(from)}`);
  }
}
