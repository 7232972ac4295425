/**
 * An event as a row. The envelope has columns of its own, and so have the parts of payloads that nearly every question is about; the whole payload
 * stands beside them as JSON, so that nothing is lost and a new kind of event needs no new column. Columns are only ever added: old
 * files are read with NULL in those they lack.
 */

import {
  BIGINT,
  DOUBLE,
  type DuckDBType,
  type DuckDBValue,
  INTEGER,
  USMALLINT,
  VARCHAR,
} from '@duckdb/node-api';
import type { DeliveredEvent } from '@marquee/domain';

interface Column {
  readonly name: string;
  readonly type: DuckDBType;
  readonly of: (row: DeliveredEvent, partition: number) => DuckDBValue;
}

/** An event as it waits to be written: its text is made once, so that what waits can be measured and its objects are let go. */
export interface EventRow {
  readonly sequence: number;
  readonly profileId: string;
  readonly isErasure: boolean;
  /** In the order of EVENT_COLUMNS. */
  readonly values: readonly DuckDBValue[];
  /** Roughly what it takes in memory: a served slate has a hundred thousand, most events some hundred. */
  readonly bytes: number;
}

const BYTES_BESIDE_PAYLOAD = 256;

export const EVENT_COLUMNS: readonly Column[] = [
  { name: 'event_id', type: VARCHAR, of: ({ event }) => event.eventId },
  { name: 'type', type: VARCHAR, of: ({ event }) => event.type },
  { name: 'schema_version', type: INTEGER, of: ({ event }) => event.schemaVersion },
  // Milliseconds since 1970; the `events` view shows times.
  { name: 'occurred_ms', type: BIGINT, of: ({ event }) => BigInt(event.occurredAt) },
  { name: 'received_ms', type: BIGINT, of: ({ event }) => BigInt(event.receivedAt) },
  { name: 'profile_id', type: VARCHAR, of: ({ event }) => event.profileId },
  { name: 'title_id', type: VARCHAR, of: ({ event }) => textOf(event.payload, 'titleId') },
  { name: 'watched_seconds', type: INTEGER, of: ({ event }) => numberOf(event.payload, 'watchedSeconds') },
  { name: 'slate_id', type: VARCHAR, of: ({ event }) => event.slateId ?? null },
  { name: 'row', type: INTEGER, of: ({ event }) => event.row ?? null },
  { name: 'position', type: INTEGER, of: ({ event }) => event.position ?? null },
  { name: 'propensity', type: DOUBLE, of: ({ event }) => event.propensity ?? null },
  { name: 'model_version', type: VARCHAR, of: ({ event }) => event.modelVersion ?? null },
  {
    name: 'assignments',
    type: VARCHAR,
    of: ({ event }) => (event.assignments === undefined ? null : JSON.stringify(event.assignments)),
  },
  { name: 'payload', type: VARCHAR, of: ({ event }) => JSON.stringify(event.payload) },
  { name: 'log_partition', type: USMALLINT, of: (_, partition) => partition },
  { name: 'sequence', type: BIGINT, of: ({ sequence }) => BigInt(sequence) },
];

export function toEventRow(delivered: DeliveredEvent, partition: number): EventRow {
  const { sequence, event } = delivered;
  const values = EVENT_COLUMNS.map(({ of }) => of(delivered, partition));
  return {
    sequence,
    profileId: event.profileId,
    isErasure: event.type === 'PROFILE_ERASED',
    values,
    bytes: BYTES_BESIDE_PAYLOAD + String(values[PAYLOAD]).length,
  };
}

const PAYLOAD = EVENT_COLUMNS.findIndex(({ name }) => name === 'payload');

function textOf(payload: object, key: string): string | null {
  const value = (payload as Record<string, unknown>)[key];
  return typeof value === 'string' ? value : null;
}

function numberOf(payload: object, key: string): number | null {
  const value = (payload as Record<string, unknown>)[key];
  return typeof value === 'number' ? value : null;
}
