/**
 * The rows of all titles, in chunks that are only appended to. A title that changes gets a new row. Where most
 * rows of a chunk are out of use, the rest moves to the end and the chunk goes, so that memory is bounded by a
 * multiple of what is in use, and no single change costs more than the moving of a quarter of a chunk.
 */
import type { TitleId } from '@marquee/domain';
import { CHUNK_ROWS, createTitleDictionaries, TitleChunk } from './title-chunk.ts';
import { TitleRow } from './title-row.ts';
import type { TitleFacts } from './title-table.ts';

/** A chunk with fewer rows in use than this is given up. */
const WORTH_KEEPING = CHUNK_ROWS / 4;

export class TitleRows {
  readonly #dictionaries = createTitleDictionaries();
  /** By number of chunk; numbers of rows are never used twice. */
  readonly #chunks: (TitleChunk | undefined)[] = [];
  /** Full chunks with little in use. */
  readonly #sparse = new Set<number>();

  /** @returns the number of its row. */
  append(facts: TitleFacts): number {
    let chunk = this.#chunks.at(-1);
    if (chunk === undefined || chunk.full) {
      chunk = new TitleChunk(this.#dictionaries);
      this.#chunks.push(chunk);
    }
    const number = this.#chunks.length - 1;
    const row = number * CHUNK_ROWS + chunk.append(facts);
    if (chunk.full) this.#look(number);
    return row;
  }

  /** Takes a row out of use: nobody may ask for it any more, but facts that were given away stay. */
  retire(row: number): void {
    const number = Math.floor(row / CHUNK_ROWS);
    this.#chunkOf(row).retire(row % CHUNK_ROWS);
    this.#look(number);
  }

  /** Rows to be appended anew and retired, so that their chunk can go; call it after changes until it is empty. */
  toMove(): readonly number[] {
    for (const number of this.#sparse) {
      this.#sparse.delete(number);
      const rows = this.#chunks[number]?.liveRows() ?? [];
      if (rows.length > 0) return rows.map((row) => number * CHUNK_ROWS + row);
    }
    return [];
  }

  facts(row: number): TitleFacts {
    return new TitleRow(this.#chunkOf(row), row % CHUNK_ROWS);
  }

  idOf(row: number): TitleId {
    return this.#chunkOf(row).idOf(row % CHUNK_ROWS);
  }

  addedAtOf(row: number): number {
    return this.#chunkOf(row).addedAtOf(row % CHUNK_ROWS);
  }

  releaseYearOf(row: number): number | undefined {
    return this.#chunkOf(row).releaseYearOf(row % CHUNK_ROWS);
  }

  /** Chunks that are kept. */
  get chunks(): number {
    return this.#chunks.filter((chunk) => chunk !== undefined).length;
  }

  #look(number: number): void {
    const chunk = this.#chunks[number]!;
    if (!chunk.full || chunk.live >= WORTH_KEEPING) return;
    if (chunk.live === 0) this.#chunks[number] = undefined;
    else this.#sparse.add(number);
  }

  #chunkOf(row: number): TitleChunk {
    return this.#chunks[Math.floor(row / CHUNK_ROWS)]!;
  }
}
