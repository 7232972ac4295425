/** Rows of one partition that wait to be written, in the order of the log, and how much they take. */
import type { EventRow } from './parquet/event-columns.ts';

export interface RowBufferLimits {
  /** Rows that wait in memory before they are written at once. */
  readonly bufferedRows: number;
  /** The same in bytes; also the most that becomes one file. */
  readonly bufferedBytes: number;
}

export class RowBuffer {
  readonly #limits: RowBufferLimits;
  #rows: EventRow[] = [];
  #bytes = 0;

  constructor(limits: RowBufferLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#rows.length;
  }

  get isFull(): boolean {
    return this.#rows.length >= this.#limits.bufferedRows || this.#bytes >= this.#limits.bufferedBytes;
  }

  push(row: EventRow): void {
    this.#rows.push(row);
    this.#bytes += row.bytes;
  }

  /** The first rows, as many as become one file: at least one where there is any. They stay until they are dropped. */
  first(): readonly EventRow[] {
    const { bufferedRows, bufferedBytes } = this.#limits;
    let before = 0;
    const end = this.#rows.findIndex((row, index) => {
      const isFull = index >= bufferedRows || before >= bufferedBytes;
      before += row.bytes;
      return index > 0 && isFull;
    });
    return end < 0 ? this.#rows.slice() : this.#rows.slice(0, end);
  }

  /** Those up to a sequence. */
  drop(upTo: number): void {
    const kept = this.#rows.findIndex(({ sequence }) => sequence > upTo);
    const gone = this.#rows.splice(0, kept < 0 ? this.#rows.length : kept);
    for (const { bytes } of gone) this.#bytes -= bytes;
  }
}
