/**
 * The lake as a log again: events one after another, each with its place. With one partition of the log that is its order.
 * Several are merged by the time of receipt, each in its own order also where a clock went back.
 */
import {
  type DeliveredEvent,
  EVENT_SCHEMA_VERSION,
  type EventType,
  type MarqueeEvent,
} from '@marquee/domain';
import { type LakeReader, STORED } from './lake-reader.ts';

/** The view that `createPlaces` makes: `events`, with `place`, `occurred_ms` and `received_ms`. */
export const PLACES = 'placed_events';

/**
 * Makes the view `placed_events`. Places are 1, 2, 3 … over everything that was committed when the lake was opened; those of a lake with one
 * partition do not change as it grows.
 */
export async function createPlaces(reader: LakeReader): Promise<void> {
  // Found without their payloads, which would have to be sorted otherwise; what the log holds twice has one place.
  await reader.query(`
    CREATE OR REPLACE TEMP TABLE places AS
    SELECT log_partition, sequence, row_number() OVER (ORDER BY reached, log_partition, sequence) AS place
    FROM (
      SELECT log_partition, sequence, max(received_at) OVER (PARTITION BY log_partition ORDER BY sequence) AS reached
      FROM events
    )`);
  await reader.query(`
    CREATE OR REPLACE TEMP VIEW ${PLACES} AS
    SELECT s.*, epoch_ms(s.occurred_at) AS occurred_ms, epoch_ms(s.received_at) AS received_ms, p.place
    FROM ${STORED} s JOIN places p ON p.log_partition = s.log_partition AND p.sequence = s.sequence`);
}

export interface LakeReplayOptions {
  readonly types?: readonly EventType[];
  /** Only what stands before this place. */
  readonly before?: number;
  /** Slates to hand over without their items and features, as marks of where they stand: a table with a column `slate_place`. */
  readonly slateMarks?: string;
}

/** Events in order of their places, which are their sequences here. Needs `createPlaces`. */
export async function* replayLake(
  reader: LakeReader,
  { types, before, slateMarks }: LakeReplayOptions = {},
): AsyncGenerator<readonly DeliveredEvent[], void, undefined> {
  const wanted = [
    ...(types === undefined ? [] : [`type IN (${types.map((type) => `'${type}'`).join(', ')})`]),
    ...(slateMarks === undefined
      ? []
      : [`(type = 'SLATE_SERVED' AND place IN (SELECT slate_place FROM ${slateMarks}))`]),
  ];
  const where = [
    ...(wanted.length === 0 ? [] : [`(${wanted.join(' OR ')})`]),
    ...(before === undefined ? [] : [`place < ${before}`]),
  ];
  // Below the join, which holds what it joins: features of slates are most of a lake.
  const payload = `CASE WHEN type = 'SLATE_SERVED' AND ${slateMarks !== undefined} THEN '${EMPTY_SLATE}' ELSE payload::VARCHAR END`;
  const rows = reader.stream(`
    SELECT place, event_id, type, occurred_ms, received_ms, profile_id, slate_id, "row", position, propensity, model_version,
      assignments, payload
    FROM (
      SELECT log_partition, sequence, event_id, type, epoch_ms(occurred_at) AS occurred_ms, epoch_ms(received_at) AS received_ms,
        profile_id, slate_id, "row", position, propensity, model_version, assignments::VARCHAR AS assignments, ${payload} AS payload
      FROM ${STORED}
    ) JOIN places USING (log_partition, sequence)
    ${where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`} ORDER BY place`);
  for await (const batch of rows) yield batch.map(toDelivered);
}

const EMPTY_SLATE = JSON.stringify({
  surface: 'home',
  seed: 0,
  degradations: [],
  featureNames: [],
  featureMatrix: '',
  items: [],
});

/** Numbers beyond 2^31 come as text. */
function toDelivered(row: Record<string, unknown>): DeliveredEvent {
  const event = {
    eventId: row.event_id,
    type: row.type,
    schemaVersion: EVENT_SCHEMA_VERSION,
    occurredAt: Number(row.occurred_ms),
    receivedAt: Number(row.received_ms),
    profileId: row.profile_id,
    ...(row.slate_id !== null && { slateId: row.slate_id }),
    ...(row.row !== null && { row: row.row }),
    ...(row.position !== null && { position: row.position }),
    ...(row.propensity !== null && { propensity: row.propensity }),
    ...(row.model_version !== null && { modelVersion: row.model_version }),
    ...(row.assignments !== null && { assignments: JSON.parse(String(row.assignments)) }),
    payload: JSON.parse(String(row.payload)),
  } as MarqueeEvent;
  return { sequence: Number(row.place), event };
}
