/**
 * Which rows of a chunk pass a filter. Once the best are many, few rows of a chunk still matter: those are looked
 * at one by one. Where many are asked for, the whole chunk is evaluated, once for all queries of the filter.
 */
import type { Columns } from './columns.ts';
import { evaluateFilter, rowPasses } from './evaluate-filter.ts';
import { CHUNK_ROWS } from './memory-layout.ts';
import type { FilterProgram } from './messages.ts';

/** Rows that cost together about as much, looked at one by one, as a whole chunk. */
const FEW = 128;

/** Shared by all filters of the thread: they run one after the other. */
const passes = new Uint8Array(CHUNK_ROWS);

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

  /**
   * Leaves those that pass among `count` places from `at`, in order. Places are counted from the chunk's beginning.
   * @returns how many are left.
   */
  keep(places: Uint32Array, at: number, count: number): number {
    if (count > FEW && !this.#evaluated) this.any();
    const end = at + count;
    let kept = at;
    for (let i = at; i < end; i++) {
      const place = places[i]!;
      if (this.#allows(place)) places[kept++] = place;
    }
    return kept - at;
  }

  #allows(place: number): boolean {
    if (this.#evaluated) return passes[place] === 1;
    return rowPasses(this.#program, this.#columns, this.#live, this.#from + place);
  }
}
