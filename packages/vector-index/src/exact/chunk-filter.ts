/**
 * Which rows of a chunk pass a filter. Once the best are many, few rows of a chunk still matter: those are looked
 * at one by one. Where many are asked for, the whole chunk is evaluated, once for all queries of the filter.
 */
import type { Columns } from './columns.ts';
import { evaluateFilter } from './evaluate-filter.ts';
import { CHUNK_ROWS } from './memory-layout.ts';
import type { FilterProgram } from './messages.ts';

/** Rows that cost together about as much, looked at one by one, as a whole chunk. */
const FEW = 128;

/** Shared by all filters of the thread: they run one after the other. */
const passes = new Uint8Array(CHUNK_ROWS);
const one = new Uint8Array(1);

export class ChunkFilter {
  readonly #program: FilterProgram;
  readonly #columns: Columns;
  readonly #live: Uint8Array;
  #from = 0;
  #count = 0;
  #evaluated = false;

  /** @param live 1 by row where it may be found at all. */
  constructor(program: FilterProgram, columns: Columns, live: Uint8Array) {
    this.#program = program;
    this.#columns = columns;
    this.#live = live;
  }

  /** Every chunk is finished before the next one, of this or any other filter, begins. */
  begin(from: number, count: number): void {
    this.#from = from;
    this.#count = count;
    this.#evaluated = false;
  }

  /** Whether any row of the chunk passes. */
  any(): boolean {
    this.#evaluated = true;
    return evaluateFilter(this.#program, this.#columns, this.#live, this.#from, this.#count, passes);
  }

  /** Says how many rows `allows` will be asked about. */
  expect(rows: number): void {
    if (rows > FEW && !this.#evaluated) this.any();
  }

  /** @param place from the chunk's beginning. */
  allows(place: number): boolean {
    if (this.#evaluated) return passes[place] === 1;
    return evaluateFilter(this.#program, this.#columns, this.#live, this.#from + place, 1, one);
  }
}
