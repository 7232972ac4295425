/** The day that is reported on, the days it is compared with, and what is read of them from the lake, once. */
import { DAY_MS } from '@marquee/domain';
import { type LakeReader, STORED, slatesInPieces } from '@marquee/event-lake';

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
/** The same slates as they were logged, a few per table, whose rows are read side by side; `contents` lists them. */
const CONTENTS = 'monitored_contents_';
/** Which slates these are. */
const CHOSEN = 'monitored_chosen';

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
  // Chosen by the text, as it was written; and an event's second copy is told by narrow rows.
  const pieces = await slatesInPieces(
    reader,
    CHOSEN,
    `SELECT * FROM (
      SELECT *, row_number() OVER (PARTITION BY period = 0 ORDER BY md5(slate_id), event_id) AS place FROM (
        SELECT event_id, arg_min(log_partition, sequence) AS log_partition, min(sequence) AS sequence,
          arg_min(slate_id, sequence) AS slate_id, arg_min((${period})::INTEGER, sequence) AS period
        FROM ${STORED} WHERE type = 'SLATE_SERVED' AND contains(payload::VARCHAR, '"surface":"home"') AND ${inside} GROUP BY event_id))
    WHERE place <= ${maxSlates}`,
  );
  await reader.query(`
    CREATE OR REPLACE TEMP TABLE ${SLATES} (period INTEGER, place BIGINT, slate_id VARCHAR, profile_id VARCHAR, received_ms BIGINT,
      degraded BOOLEAN, row_order JSON)`);
  await reader.query(`
    CREATE OR REPLACE TEMP TABLE ${ITEMS} (period INTEGER, slate_id VARCHAR, title_id VARCHAR, "row" INTEGER, position INTEGER,
      score DOUBLE, propensity DOUBLE, probability DOUBLE, sources VARCHAR[],
      artwork STRUCT(variant INTEGER, probabilities DOUBLE[]))`);
  for (const table of await contents(reader)) await reader.query(`DROP TABLE ${table}`);
  for (const [i, piece] of pieces.entries()) {
    const table = CONTENTS + String(i);
    await reader.query(`
      CREATE TEMP TABLE ${table} AS
      SELECT chosen.period, chosen.place, stored.slate_id, profile_id, epoch_ms(received_at) AS received_ms, payload
      FROM ${piece} AS stored JOIN ${CHOSEN} AS chosen USING (log_partition, sequence)`);
    await reader.query(`
      INSERT INTO ${SLATES} SELECT period, place, slate_id, profile_id, received_ms,
        json_array_length(payload->'degradations') > 0, payload->'rowOrder' FROM ${table}`);
    await reader.query(`
      INSERT INTO ${ITEMS} SELECT period, slate_id, item.titleId, item.row, item.position, item.score, item.propensity,
        item.probability, item.sources, item.artwork
      FROM (SELECT period, slate_id, unnest(from_json(payload->'items', '${ITEM_SHAPE}')) AS item FROM ${table})`);
  }
}

/**
 * The tables that hold the slates of SLATES as they were logged, a few each: period, place, slate_id, profile_id, received_ms, payload.
 * @returns names, in the order of the log; none before `readWindow`
 */
export async function contents(reader: LakeReader): Promise<readonly string[]> {
  const tables = await reader.query(
    `SELECT table_name FROM duckdb_tables() WHERE starts_with(table_name, '${CONTENTS}')`,
  );
  const pieceOf = (name: string): number => Number(name.slice(CONTENTS.length));
  return tables.map(({ table_name }) => String(table_name)).sort((a, b) => pieceOf(a) - pieceOf(b));
}
