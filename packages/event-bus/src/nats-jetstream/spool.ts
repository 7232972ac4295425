/**
 * Events that wait on this machine for the log to come back: bounded, in order, and as durable as the disk. One process
 * owns the file; what a killed one leaves in it is delivered by its next start.
 */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ProfileId } from '@marquee/domain';
import { MarqueeError } from '@marquee/service-kit';
import { type Migrations, migrate, openSqlite, type SqliteDatabase } from '@marquee/service-kit/sqlite';
import { sql } from 'kysely';

interface SpoolTables {
  spooled: { id: number; event_id: string; profile_id: string; subject: string; body: string };
}

const migrations: Migrations = {
  '001_spool': async (db) => {
    await sql`create table spooled (
      id integer primary key autoincrement,
      event_id text not null unique,
      profile_id text not null,
      subject text not null,
      body text not null
    ) strict`.execute(db);
  },
};
const INSERT = `insert into spooled (event_id, profile_id, subject, body) values (?, ?, ?, ?)
  on conflict (event_id) do nothing`;

export interface SpoolLimits {
  readonly maxEvents: number;
  /** Of the events' bodies. */
  readonly maxBytes: number;
}

export interface SpooledEvent {
  readonly eventId: string;
  readonly profileId: ProfileId;
  readonly subject: string;
  readonly body: string;
}

export interface SpoolRow extends SpooledEvent {
  readonly id: number;
}

export class Spool {
  readonly #database: SqliteDatabase<SpoolTables>;
  readonly #limits: SpoolLimits;
  #events: number;
  #bytes: number;
  #appending: Promise<unknown> = Promise.resolve();

  private constructor(
    database: SqliteDatabase<SpoolTables>,
    limits: SpoolLimits,
    found: { n: number; bytes: number },
  ) {
    this.#database = database;
    this.#limits = limits;
    this.#events = found.n;
    this.#bytes = found.bytes;
  }

  /** @throws MarqueeError DATA_CORRUPT, DATA_DIRECTORY_UNUSABLE naming the file. */
  static async open(file: string, limits: SpoolLimits): Promise<Spool> {
    try {
      await mkdir(dirname(file), { recursive: true });
    } catch (cause) {
      const message = `the folder of the spool ${file} cannot be made: ${(cause as Error).message}`;
      throw new MarqueeError('DATA_DIRECTORY_UNUSABLE', { message, cause });
    }
    const database = await openSqlite<SpoolTables>({ file });
    try {
      await migrate(database, migrations);
      // What has been delivered or erased is overwritten, not just unlinked.
      await sql`pragma secure_delete = on`.execute(database.writer);
      const { rows } = await sql<{
        n: number;
        bytes: number;
      }>`select count(*) as n, coalesce(sum(length(cast(body as blob))), 0) as bytes from spooled`.execute(
        database.writer,
      );
      return new Spool(database, limits, rows[0]!);
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  /** Stored ones and those that are being stored. */
  get size(): number {
    return this.#events;
  }

  get full(): boolean {
    return this.#events >= this.#limits.maxEvents || this.#bytes >= this.#limits.maxBytes;
  }

  hasRoomFor(events: readonly SpooledEvent[]): boolean {
    return (
      this.#events + events.length <= this.#limits.maxEvents &&
      this.#bytes + bytesOf(events) <= this.#limits.maxBytes
    );
  }

  /**
   * All or nothing, after everything appended before. Says of each whether it is new. The caller has asked for room.
   * @throws MarqueeError DEPENDENCY_UNAVAILABLE when the disk fails.
   */
  async append(events: readonly SpooledEvent[]): Promise<readonly boolean[]> {
    const bytes = bytesOf(events);
    this.#events += events.length;
    this.#bytes += bytes;
    const rows = events.map(({ eventId, profileId, subject, body }) => [eventId, profileId, subject, body]);
    const appended = this.#database.insertBatch(INSERT, rows);
    this.#appending = appended.catch(() => undefined);
    try {
      const ids = await appended;
      const known = events.filter((_, index) => ids[index] === 0);
      this.#events -= known.length;
      this.#bytes -= bytesOf(known);
      return events.map((_, index) => ids[index] !== 0);
    } catch (error) {
      this.#events -= events.length;
      this.#bytes -= bytes;
      throw error;
    }
  }

  /** The oldest, in order: at most so many, and at least one, whose bodies have about so many bytes at most. */
  async first(maxEvents: number, maxBytes: number): Promise<readonly SpoolRow[]> {
    await this.#appending;
    const { writer } = this.#database;
    // The length in bytes is in the record's head: no body is read for it.
    const sizes = await writer
      .selectFrom('spooled')
      .select(['id', sql<number>`octet_length(body)`.as('bytes')])
      .orderBy('id')
      .limit(maxEvents)
      .execute();
    let left = maxBytes;
    let last = sizes[0]?.id ?? 0;
    for (const { id, bytes } of sizes) {
      if (id !== last && bytes > left) break;
      last = id;
      left -= bytes;
    }
    const rows = await writer
      .selectFrom('spooled')
      .selectAll()
      .where('id', '<=', last)
      .orderBy('id')
      .execute();
    return rows.map(({ id, event_id, profile_id, subject, body }) => ({
      id,
      eventId: event_id,
      profileId: profile_id,
      subject,
      body,
    }));
  }

  async remove(rows: readonly SpoolRow[]): Promise<void> {
    const removed = await this.#database.executeBatch(
      'delete from spooled where id = ?',
      rows.map(({ id }) => [id]),
    );
    const gone = rows.filter((_, index) => removed[index] !== 0);
    this.#events -= gone.length;
    this.#bytes -= bytesOf(gone);
  }

  async purge(profileId: ProfileId): Promise<number> {
    await this.#appending;
    const mine = await this.#database.writer
      .selectFrom('spooled')
      .selectAll()
      .where('profile_id', '=', profileId)
      .execute();
    const rows = mine.map(({ id, body }) => ({ id, eventId: '', profileId, subject: '', body }));
    const before = this.#events;
    if (rows.length > 0) await this.remove(rows);
    return before - this.#events;
  }

  close(): Promise<void> {
    return this.#database.close();
  }
}

function bytesOf(events: readonly { readonly body: string }[]): number {
  let bytes = 0;
  for (const { body } of events) bytes += Buffer.byteLength(body);
  return bytes;
}
