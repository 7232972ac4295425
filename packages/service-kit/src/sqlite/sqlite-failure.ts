/** Turns SQLite's result codes into the error catalogue. */
import { MarqueeError } from '../errors.ts';
import type { SqliteFailure } from './sqlite-protocol.ts';

/** Primary result codes, https://sqlite.org/rescode.html. */
const BUSY = 5;
const LOCKED = 6;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const NOTADB = 26;

/** A statement that SQLite refused, e.g. for a constraint: a fault of the caller's code or data. */
export class SqliteStatementError extends Error {
  override readonly name = 'SqliteStatementError';
  /** SQLite's extended result code, 0 when the error is not SQLite's. */
  readonly resultCode: number;

  constructor(message: string, resultCode: number) {
    super(message);
    this.resultCode = resultCode;
  }
}

export function openFailure(file: string, failure: SqliteFailure): MarqueeError {
  const primary = (failure.resultCode ?? 0) & 0xff;
  if (primary === CORRUPT || primary === NOTADB) return corrupt(file, failure);
  return new MarqueeError('DATA_DIRECTORY_UNUSABLE', `cannot open database ${file}: ${failure.message}`);
}

export function statementFailure(file: string, sql: string, failure: SqliteFailure): Error {
  switch ((failure.resultCode ?? 0) & 0xff) {
    case CORRUPT:
    case NOTADB:
      return corrupt(file, failure);
    case BUSY:
    case LOCKED:
    case IOERR:
    case FULL:
      return new MarqueeError('DEPENDENCY_UNAVAILABLE', `database ${file}: ${failure.message}`);
    default:
      return new SqliteStatementError(`${failure.message} in: ${sql.slice(0, 300)}`, failure.resultCode ?? 0);
  }
}

function corrupt(file: string, failure: SqliteFailure): MarqueeError {
  return new MarqueeError('DATA_CORRUPT', `database ${file} is damaged: ${failure.message}`);
}
