/**
 * The process that looks databases over: every page of every file given, read only. A process of its own, because
 * SQLite cannot be interrupted while it checks, which takes minutes for a large log on a slow disk; a process can be.
 *
 * Says one JSON line per file, `{ file, problem }`; no problem: null.
 */
import { DatabaseSync } from 'node:sqlite';

/** Primary result codes, https://sqlite.org/rescode.html. */
const CORRUPT = 11;
const NOTADB = 26;
const BUSY_TIMEOUT_MS = 5_000;

for (const file of process.argv.slice(2)) {
  process.stdout.write(`${JSON.stringify({ file, problem: problemOf(file) })}\n`);
}

/** The first thing that is wrong; null where nothing is. Throws when the file cannot be looked at. */
function problemOf(file: string): string | null {
  try {
    const database = new DatabaseSync(file, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
    try {
      // "Quick" leaves out only whether indexes agree with their tables.
      const [row] = database.prepare('pragma quick_check(1)').all() as { quick_check: string }[];
      return row?.quick_check === 'ok' ? null : (row?.quick_check.split('\n').join(' ') ?? 'no answer');
    } finally {
      database.close();
    }
  } catch (error) {
    const { errcode = 0, message } = error as { errcode?: number; message: string };
    if ([CORRUPT, NOTADB].includes(errcode & 0xff)) return message;
    throw error;
  }
}
