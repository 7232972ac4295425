import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import type { Worker } from 'node:worker_threads';
import { temporaryFolder } from '@marquee/testkit';
import { type Generated, sql } from 'kysely';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { openSqlite, type SqliteDatabase, type SqliteOptions, SqliteStatementError } from './index.ts';

interface Tables {
  notes: { id: Generated<number>; text: string | null; amount: number | null; data: Uint8Array | null };
  children: { id: Generated<number>; note_id: number };
}

const opened: SqliteDatabase<Tables>[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((database) => database.close()));
});

async function open(options: Partial<SqliteOptions> = {}): Promise<SqliteDatabase<Tables>> {
  const database = await openSqlite<Tables>({ file: ':memory:', ...options });
  opened.push(database);
  await sql`create table if not exists notes (id integer primary key, text text unique, amount real, data blob)`.execute(
    database.writer,
  );
  await sql`create table if not exists children (id integer primary key,
    note_id integer not null references notes (id) deferrable initially deferred)`.execute(database.writer);
  return database;
}

const texts = async ({ writer }: SqliteDatabase<Tables>) =>
  (await writer.selectFrom('notes').select('text').orderBy('id').execute()).map((row) => row.text);

describe('a SQLite database off the main thread', () => {
  it('keeps text, numbers, bytes and nulls as they are', async () => {
    const { writer } = await open();
    const data = Uint8Array.from([0, 1, 255]);
    const inserted = await writer
      .insertInto('notes')
      .values({ text: 'Amélie 映画', amount: -0.5, data })
      .executeTakeFirstOrThrow();
    expect(inserted.insertId).toBe(1n);
    await writer
      .insertInto('notes')
      .values({ text: null, amount: 2 ** 52, data: null })
      .execute();
    const rows = await writer.selectFrom('notes').selectAll().orderBy('id').execute();
    expect(rows).toEqual([
      { id: 1, text: 'Amélie 映画', amount: -0.5, data },
      { id: 2, text: null, amount: 2 ** 52, data: null },
    ]);
  });

  it('keeps what was committed across a reopening, with a write-ahead log flushed at every commit', async () => {
    const folder = temporaryFolder();
    onTestFinished(folder.remove);
    const file = folder.file('notes.sqlite');
    const first = await open({ file });
    await first.executeBatch('insert into notes (text) values (?)', [['kept']]);
    const mode = await sql<{ journal_mode: string }>`pragma journal_mode`.execute(first.writer);
    const synchronous = await sql<{ synchronous: number }>`pragma synchronous`.execute(first.writer);
    expect([mode.rows[0]?.journal_mode, synchronous.rows[0]?.synchronous]).toEqual(['wal', 2]);
    await first.close();
    expect(await texts(await open({ file }))).toEqual(['kept']);
  });

  it('answers statements in the order they were given, without waiting for each other', async () => {
    const { writer } = await open();
    const results = await Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        await writer
          .insertInto('notes')
          .values({ text: `${index}` })
          .execute();
        return index;
      }),
    );
    expect(results).toHaveLength(100);
    const rows = await writer.selectFrom('notes').select(['id', 'text']).orderBy('id').execute();
    expect(rows.every((row) => row.text === `${row.id - 1}`)).toBe(true);
  });

  it('lets nobody into an open transaction, and rolls all of it back', async () => {
    const database = await open();
    const { writer } = database;
    let outside: Promise<unknown> | undefined;
    const failing = writer.transaction().execute(async (transaction) => {
      await transaction.insertInto('notes').values({ text: 'inside' }).execute();
      outside = Promise.all([
        writer.insertInto('notes').values({ text: 'outside' }).execute(),
        database.executeBatch('insert into notes (text) values (?)', [['batch']]),
      ]);
      await transaction.insertInto('notes').values({ text: 'inside too' }).execute();
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    await outside;
    expect((await texts(database)).sort()).toEqual(['batch', 'outside']);
  });

  it('runs statements that are sent together in one transaction, all or none, after the transactions before them', async () => {
    const database = await open();
    const { writer } = database;
    const insert = (text: string) => writer.insertInto('notes').values({ text }).compile();
    let together: Promise<void> | undefined;
    await writer.transaction().execute(async (transaction) => {
      await transaction.insertInto('notes').values({ text: 'first' }).execute();
      together = database.executeTogether([insert('second'), insert('third')]);
      await transaction.insertInto('notes').values({ text: 'also first' }).execute();
    });
    await together;
    expect(await texts(database)).toEqual(['first', 'also first', 'second', 'third']);

    const failing = database.executeTogether([insert('fourth'), insert('first'), insert('fifth')]);
    await expect(failing).rejects.toThrow(SqliteStatementError);
    expect(await texts(database)).toEqual(['first', 'also first', 'second', 'third']);
    await database.executeTogether([]);
  });

  it('runs transactions one after the other', async () => {
    const { writer } = await open();
    await writer.insertInto('notes').values({ id: 1, amount: 0 }).execute();
    await Promise.all(
      Array.from({ length: 50 }, () =>
        writer.transaction().execute(async (transaction) => {
          const { amount } = await transaction.selectFrom('notes').select('amount').executeTakeFirstOrThrow();
          await transaction
            .updateTable('notes')
            .set({ amount: (amount ?? 0) + 1 })
            .execute();
        }),
      ),
    );
    expect((await writer.selectFrom('notes').select('amount').executeTakeFirstOrThrow()).amount).toBe(50);
  });

  it('goes on after a commit that was refused', async () => {
    const database = await open();
    const refused = database.writer.transaction().execute(async (transaction) => {
      await transaction.insertInto('notes').values({ text: 'gone' }).execute();
      await transaction.insertInto('children').values({ note_id: 404 }).execute();
    });
    await expect(refused).rejects.toThrow('FOREIGN KEY');
    await database.writer.insertInto('notes').values({ text: 'next' }).execute();
    expect(await texts(database)).toEqual(['next']);
  });

  it('rolls back to a savepoint', async () => {
    const database = await open();
    const transaction = await database.writer.startTransaction().execute();
    await transaction.insertInto('notes').values({ text: 'a' }).execute();
    const marked = await transaction.savepoint('mark').execute();
    await marked.insertInto('notes').values({ text: 'b' }).execute();
    await marked.rollbackToSavepoint('mark').execute();
    await transaction.commit().execute();
    expect(await texts(database)).toEqual(['a']);
  });

  it('writes a batch as a whole or not at all, and counts changes and row ids per entry', async () => {
    const database = await open();
    const insert = 'insert into notes (text) values (?) on conflict (text) do nothing';
    expect([...(await database.executeBatch(insert, [['a'], ['b'], ['a']]))]).toEqual([1, 1, 0]);
    expect([...(await database.insertBatch(insert, [['b'], ['c'], ['d']]))]).toEqual([0, 3, 4]);
    const failing = database.executeBatch('insert into notes (text) values (?)', [['e'], ['a'], ['f']]);
    await expect(failing).rejects.toBeInstanceOf(SqliteStatementError);
    expect(await texts(database)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('takes nothing of a batch when the disk is full, says so, and goes on when there is room', async () => {
    const folder = temporaryFolder();
    onTestFinished(folder.remove);
    const database = await open({ file: folder.file('full.sqlite') });
    await database.executeBatch('insert into notes (text) values (?)', [['before']]);
    // SQLite's own way of ending up without room.
    const bound = (pages: number) => sql`pragma max_page_count = ${sql.lit(pages)}`.execute(database.writer);
    await bound(1);
    const rows = Array.from({ length: 200 }, (_, i) => [`${i}${'x'.repeat(1_000)}`]);
    await expect(database.insertBatch('insert into notes (text) values (?)', rows)).rejects.toMatchObject({
      code: 'DEPENDENCY_UNAVAILABLE',
      message: expect.stringMatching(/full\.sqlite: .*full/),
    });
    expect(await texts(database)).toEqual(['before']);
    await bound(1_000_000);
    await database.insertBatch('insert into notes (text) values (?)', rows);
    expect(await texts(database)).toHaveLength(201);
  });

  it('names the statement that SQLite refused, and goes on', async () => {
    const database = await open();
    await expect(sql`select * from nowhere`.execute(database.writer)).rejects.toThrow(
      'no such table: nowhere in: select * from nowhere',
    );
    expect(await texts(database)).toEqual([]);
  });

  it('sees new columns after the schema has changed', async () => {
    const { writer } = await open();
    await writer.insertInto('notes').values({ text: 'a' }).execute();
    const before = await sql<object>`select * from notes`.execute(writer);
    await sql`alter table notes add column late text default 'now'`.execute(writer);
    const after = await sql<object>`select * from notes`.execute(writer);
    expect(before.rows[0]).not.toHaveProperty('late');
    expect(after.rows[0]).toHaveProperty('late', 'now');
  });

  it('refuses above its bound with OVERLOADED, but never what belongs to an open transaction', async () => {
    const database = await open({ maxQueued: 5 });
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, () => database.writer.insertInto('notes').defaultValues().execute()),
    );
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused).toHaveLength(3);
    expect(refused.every((result) => result.reason.code === 'OVERLOADED')).toBe(true);
    let waiting: Promise<unknown> | undefined;
    await database.writer.transaction().execute(async (transaction) => {
      const read = () => database.writer.selectFrom('notes').selectAll().execute();
      waiting = Promise.allSettled(Array.from({ length: 7 }, read));
      expect(await transaction.selectFrom('notes').selectAll().execute()).toHaveLength(5);
    });
    await waiting;
    expect(await texts(database)).toHaveLength(5);
  });

  it('reads through its own thread what was committed, and cannot write there', async () => {
    const folder = temporaryFolder();
    onTestFinished(folder.remove);
    const database = await open({ file: folder.file('notes.sqlite'), separateReader: true });
    await database.writer.insertInto('notes').values({ text: 'a' }).execute();
    expect(await database.reader.selectFrom('notes').select('text').execute()).toEqual([{ text: 'a' }]);
    await expect(database.reader.deleteFrom('notes').execute()).rejects.toThrow('readonly');
    // A long transaction of the writer holds up no reader.
    await database.writer.transaction().execute(async (transaction) => {
      await transaction.insertInto('notes').values({ text: 'b' }).execute();
      expect(await database.reader.selectFrom('notes').select('text').execute()).toEqual([{ text: 'a' }]);
    });
    await database.close();
  });
});

describe('a SQLite database in trouble', () => {
  it('names a damaged file and leaves it as it was', async () => {
    const folder = temporaryFolder();
    onTestFinished(folder.remove);
    const file = folder.file('notes.sqlite');
    writeFileSync(file, 'no database at all '.repeat(300));
    const before = readFileSync(file);
    await expect(openSqlite({ file })).rejects.toMatchObject({
      code: 'DATA_CORRUPT',
      message: expect.stringContaining(file),
    });
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it('reports damage that shows only later', async () => {
    const folder = temporaryFolder();
    onTestFinished(folder.remove);
    const file = folder.file('notes.sqlite');
    const database = await open({ file });
    const rows = Array.from({ length: 2_000 }, (_, index) => [`${index} ${'x'.repeat(100)}`]);
    await database.executeBatch('insert into notes (text) values (?)', rows);
    await database.close();
    const bytes = readFileSync(file);
    bytes.fill(0xa5, 4_096 * 3);
    writeFileSync(file, bytes);
    const damaged = await openSqlite<Tables>({ file });
    opened.push(damaged);
    await expect(damaged.writer.selectFrom('notes').selectAll().execute()).rejects.toMatchObject({
      code: 'DATA_CORRUPT',
      message: expect.stringContaining(file),
    });
  });

  it('names a file that cannot be opened', async () => {
    const folder = temporaryFolder();
    onTestFinished(folder.remove);
    for (const file of [folder.file('missing/notes.sqlite'), folder.path]) {
      await expect(openSqlite({ file })).rejects.toMatchObject({
        code: 'DATA_DIRECTORY_UNUSABLE',
        message: expect.stringContaining(file),
      });
    }
  });

  it('fails pending and later calls with DEPENDENCY_UNAVAILABLE when its thread dies', async () => {
    let thread: Worker | undefined;
    const remember = (worker: Worker) => {
      thread = worker;
    };
    process.on('worker', remember);
    const database = await open();
    process.off('worker', remember);
    const pending = sql`with recursive n (i) as (select 1 union all select i + 1 from n where i < 50000000)
      select count(*) from n`.execute(database.writer);
    const failed = expect(pending).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
    await thread!.terminate();
    await failed;
    await expect(texts(database)).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
    await database.close();
  });

  it('refuses calls after it was closed, finishes those before, and can be closed twice', async () => {
    const database = await open();
    const before = database.writer.insertInto('notes').values({ text: 'a' }).execute();
    const closing = database.close();
    await expect(before).resolves.toBeDefined();
    await closing;
    await database.close();
    await expect(texts(database)).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
  });

  it('does not keep a process alive that forgot to close it', async () => {
    const folder = temporaryFolder();
    onTestFinished(folder.remove);
    const script = folder.file('forgetful.mjs');
    writeFileSync(
      script,
      `import { openSqlite } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};
      const database = await openSqlite({ file: ':memory:' });
      console.log((await database.executeBatch('create table t (a integer)', [[]])).length);`,
    );
    const run = spawnSync(process.execPath, [script], { encoding: 'utf8', timeout: 15_000 });
    expect([run.stdout, run.status]).toEqual(['1\n', 0]);
  });
});
