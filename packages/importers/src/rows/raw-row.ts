/** One row of any file format before validation. */
export interface RawRow {
  /** Line (text formats) or row (Parquet), from 1. */
  readonly line: number;
  /** The row as it stands in the file, for the rejects file. */
  readonly raw: string;
  /** Field name → value; undefined when the row itself is broken. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** Why it is broken. */
  readonly problem?: string;
}

export interface RowFile {
  readonly path: string;
  /** What the rows are, for the progress: "titles", "events". */
  readonly phase: string;
  /** Columns without which a table cannot be read. */
  readonly requiredColumns: readonly string[];
}

/** Most rows in one batch. */
export const ROW_BATCH = 2_048;
