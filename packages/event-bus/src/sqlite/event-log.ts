/** The log's tables and the few statements on them. Knows SQLite and nothing of consumers or grouping. */
import type { DeliveredEvent, EventType, MarqueeEvent, ProfileId } from '@marquee/domain';
import { MarqueeError } from '@marquee/service-kit';
import { type Migrations, migrate, openSqlite, type SqliteDatabase } from '@marquee/service-kit/sqlite';
import { type Kysely, sql } from 'kysely';
import type { DeadLetter, PublishAck } from '../index.ts';

interface EventLogTables {
  events: { sequence: number; event_id: string; profile_id: string; type: string; body: string };
  consumers: { name: string; position: number };
  dead_letters: {
    consumer: string;
    sequence: number;
    profile_id: string;
    body: string;
    reason: string;
    at: number;
  };
}

/** Columns of one event in the order of INSERT_EVENT. */
export type EventRow = readonly [
  eventId: string,
  profileId: string,
  type: string,
  occurredAt: number,
  receivedAt: number,
  body: string,
];

export function toEventRow(event: MarqueeEvent): EventRow {
  const { eventId, profileId, type, occurredAt, receivedAt } = event;
  return [eventId, profileId, type, occurredAt, receivedAt, JSON.stringify(event)];
}

const INSERT_EVENT = `insert into events (event_id, profile_id, type, occurred_at, received_at, body)
  values (?, ?, ?, ?, ?, ?) on conflict (event_id) do nothing`;
const PUT_POSITION = `insert into consumers (name, position) values (?, ?)
  on conflict (name) do update set position = excluded.position`;
const PUT_DEAD_LETTER = `insert into dead_letters (consumer, sequence, profile_id, body, reason, at)
  values (?, ?, ?, ?, ?, ?) on conflict (consumer, sequence) do update set reason = excluded.reason, at = excluded.at`;

const migrations: Migrations = {
  '001_event_log': async (db) => {
    // autoincrement: a sequence is never given twice, also after the newest events were purged.
    await sql`create table events (
      sequence integer primary key autoincrement,
      event_id text not null unique,
      profile_id text not null,
      type text not null,
      occurred_at integer not null,
      received_at integer not null,
      body text not null
    ) strict`.execute(db);
    await sql`create index events_by_profile on events (profile_id)`.execute(db);
    await sql`create table consumers (name text primary key, position integer not null) strict`.execute(db);
    await sql`create table dead_letters (
      id integer primary key autoincrement,
      consumer text not null,
      sequence integer not null,
      profile_id text not null,
      body text not null,
      reason text not null,
      at integer not null,
      unique (consumer, sequence)
    ) strict`.execute(db);
    await sql`create index dead_letters_by_profile on dead_letters (profile_id)`.execute(db);
  },
};

export interface ReadRange {
  readonly after: number;
  readonly upTo: number;
  readonly types?: readonly EventType[];
  readonly limit: number;
}

/** Text of events that one read brings over and parses at most, an event at least: slates have a hundred thousand characters each. */
const MAX_READ_BYTES = 4 * 2 ** 20;

export interface ReadEvents {
  readonly events: readonly DeliveredEvent[];
  /** Nothing else in the range is wanted. */
  readonly complete: boolean;
}

export class EventLog {
  readonly #database: SqliteDatabase<EventLogTables>;
  #lastSequence: number;

  private constructor(database: SqliteDatabase<EventLogTables>, lastSequence: number) {
    this.#database = database;
    this.#lastSequence = lastSequence;
  }

  static async open(file: string): Promise<EventLog> {
    const database = await openSqlite<EventLogTables>({ file, separateReader: true });
    try {
      await migrate(database, migrations);
      // An erased profile's events are overwritten with zeros, not just unlinked.
      await sql`pragma secure_delete = on`.execute(database.writer);
      const last = await sql<{ seq: number }>`select seq from sqlite_sequence where name = 'events'`.execute(
        database.writer,
      );
      return new EventLog(database, last.rows[0]?.seq ?? 0);
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  /** Of the newest event ever committed; purged ones count. */
  get lastSequence(): number {
    return this.#lastSequence;
  }

  /** All or nothing, in one transaction. Acks in the order of the rows. */
  async append(rows: readonly EventRow[]): Promise<PublishAck[]> {
    const rowIds = await this.#database.insertBatch(INSERT_EVENT, rows);
    const known: string[] = [];
    let last = this.#lastSequence;
    for (const [index, row] of rows.entries()) {
      const sequence = rowIds[index]!;
      if (sequence === 0) known.push(row[0]);
      else if (sequence > last) last = sequence;
    }
    this.#lastSequence = last;
    const firstCopies = known.length === 0 ? undefined : await this.#sequencesOf(known);
    return rows.map(([eventId], index) => {
      const sequence = rowIds[index]!;
      if (sequence > 0) return { eventId, sequence, partition: 0, duplicate: false };
      // The first copy can be gone already when its profile was purged in between.
      return { eventId, sequence: firstCopies?.get(eventId) ?? last, partition: 0, duplicate: true };
    });
  }

  async #sequencesOf(eventIds: readonly string[]): Promise<Map<string, number>> {
    const { rows } = await sql<{ event_id: string; sequence: number }>`
      select event_id, sequence from events
      where event_id in (select value from json_each(${JSON.stringify(eventIds)}))`.execute(
      this.#database.writer,
    );
    return new Map(rows.map((row) => [row.event_id, row.sequence]));
  }

  /**
   * In sequence order; fewer than `limit` when they are large.
   * @throws MarqueeError DATA_CORRUPT naming the file when an event is there and cannot be read.
   */
  async read(range: ReadRange): Promise<ReadEvents> {
    const candidates = inRange(this.#database.reader, range)
      .select(['sequence', sql<number>`octet_length(body)`.as('bytes')])
      .orderBy('sequence')
      .limit(range.limit);
    // Sizes first: bodies that are not wanted are not even read from the disk.
    const { rows } = await sql<{ sequence: number; body: string; candidates: number }>`
      select sequence, events.body, measured.candidates
      from (
        select sequence, count(*) over () as candidates, sum(bytes) over (order by sequence) - bytes as before
        from (${candidates})
      ) as measured join events using (sequence)
      where measured.before < ${MAX_READ_BYTES} order by sequence`.execute(this.#database.reader);
    return {
      events: rows.map(({ sequence, body }) => ({ sequence, event: this.#parse(sequence, body) })),
      complete: rows.length === (rows[0]?.candidates ?? 0) && rows.length < range.limit,
    };
  }

  /** Damage inside a row is nothing that SQLite would notice. */
  #parse(sequence: number, body: string): MarqueeEvent {
    try {
      return JSON.parse(body) as MarqueeEvent;
    } catch (cause) {
      const message = `database ${this.#database.file} is damaged: event ${sequence} cannot be read`;
      throw new MarqueeError('DATA_CORRUPT', { message, cause });
    }
  }

  async count(range: Omit<ReadRange, 'limit'>): Promise<number> {
    const { n } = await inRange(this.#database.reader, range)
      .select((eb) => eb.fn.countAll<number>().as('n'))
      .executeTakeFirstOrThrow();
    return n;
  }

  /** 0 for a consumer that never acknowledged anything. */
  async position(consumer: string): Promise<number> {
    const row = await this.#database.writer
      .selectFrom('consumers')
      .select('position')
      .where('name', '=', consumer)
      .executeTakeFirst();
    return row?.position ?? 0;
  }

  async putPositions(positions: ReadonlyMap<string, number>): Promise<void> {
    await this.#database.executeBatch(PUT_POSITION, [...positions]);
  }

  async putDeadLetter(letter: DeadLetter): Promise<void> {
    const { consumer, sequence, event, reason, at } = letter;
    const row = [consumer, sequence, event.profileId, JSON.stringify(event), reason, at];
    await this.#database.executeBatch(PUT_DEAD_LETTER, [row]);
  }

  /** Newest first. */
  async deadLetters(limit: number): Promise<DeadLetter[]> {
    const rows = await this.#database.reader
      .selectFrom('dead_letters')
      .select(['consumer', 'sequence', 'body', 'reason', 'at'])
      .orderBy(sql`id`, 'desc')
      .limit(limit)
      .execute();
    return rows.map(({ body, ...rest }) => ({ ...rest, event: JSON.parse(body) as MarqueeEvent }));
  }

  /** Returns how many events went. */
  purge(profileId: ProfileId, beforeSequence = Number.MAX_SAFE_INTEGER): Promise<number> {
    return this.#database.writer.transaction().execute(async (transaction) => {
      await transaction
        .deleteFrom('dead_letters')
        .where('profile_id', '=', profileId)
        .where('sequence', '<', beforeSequence)
        .execute();
      const { numDeletedRows } = await transaction
        .deleteFrom('events')
        .where('profile_id', '=', profileId)
        .where('sequence', '<', beforeSequence)
        .executeTakeFirstOrThrow();
      return Number(numDeletedRows);
    });
  }

  close(): Promise<void> {
    return this.#database.close();
  }
}

function inRange(db: Kysely<EventLogTables>, range: Omit<ReadRange, 'limit'>) {
  const query = db
    .selectFrom('events')
    .where('sequence', '>', range.after)
    .where('sequence', '<=', range.upTo);
  return range.types === undefined ? query : query.where('type', 'in', range.types);
}
